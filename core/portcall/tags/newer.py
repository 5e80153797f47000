"""Which releases are newer than the one that somebody uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from portcall.reference import is_tag
from portcall.tags.order import believable, version_key
from portcall.tags.version import TagVersion, parse_version

if TYPE_CHECKING:
    from collections.abc import Iterable


class Newer(NamedTuple):
    """What is newer than a tag.

    Attributes:
        newest: The newest release of the same make; ``None`` where none is newer.
        in_major: The newest one of the same major version, where that is another: what can be taken without
            reading what broke.
    """

    newest: str | None = None
    in_major: str | None = None


def newer_than(tag: str, tags: Iterable[str]) -> str | None:
    """Return the newest release of the same make as ``tag``, or ``None`` where none is newer.

    The same make is the same variant (``-alpine`` stays ``-alpine``) and the same scheme. What ``tag``
    leaves open counts as followed: ``1.27.5`` is not newer than ``1.27``, ``1.28.0`` is. A release is newer
    than its own pre-release, and a rebuild than an older rebuild. ``None`` also where ``tag`` holds no
    version.
    """
    found = newer_releases(tag, tags)
    return found.newest if found else None


def newer_releases(tag: str, tags: Iterable[str]) -> Newer | None:
    """Return the newest release, as :func:`newer_than`, and that of the same major version.

    ``None`` where ``tag`` holds no version, so that nobody can tell.
    """
    current = parse_version(tag)
    if current is None:
        return None
    newer: list[TagVersion] = []
    for name in tags:
        if current.variant not in name or not is_tag(name):
            continue  # reading a name costs far more than this
        version = parse_version(name)
        if version is not None and _is_same_make(version, current) and _is_newer(version, current):
            newer.append(version)
    believed = [version for version in believable([current, *newer]) if version is not current]
    newest = _newest(believed)
    in_major = _newest([version for version in believed if version.release[0] == current.release[0]])
    # The major version of a date is a year, which promises nothing.
    has_major = current.scheme == "version" and in_major != newest
    return Newer(newest, in_major if has_major else None)


def _newest(versions: Iterable[TagVersion]) -> str | None:
    return max((version.tag for version in versions), key=version_key, default=None)


def _is_same_make(version: TagVersion, current: TagVersion) -> bool:
    return not version.pre and version.scheme == current.scheme and version.variant == current.variant


def _is_newer(version: TagVersion, current: TagVersion) -> bool:
    if current.pre:
        return version.rank >= current.rank
    followed = version.release[: len(current.release)]
    padded = followed + (0,) * (len(current.release) - len(followed))
    if padded != current.release:
        return padded > current.release
    return bool(current.build) and version.rank == current.rank and version.build > current.build
