"""Which tag comes first, and which is really the newest.

A registry lists tags in an order of its own and without dates. This order needs the name alone, so a
page can go on behind any tag (keyset paging) without having seen the others.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from portcall.reference import is_tag
from portcall.tags.suffix import is_revision
from portcall.tags.version import TagVersion, is_referrer_tag, parse_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Opaque, hashable, comparable with every other key; unique for each tag.
VersionKey: TypeAlias = tuple[object, ...]

_KINDS = {"version": 5, "date": 4, "counter": 3}
_WORD, _HASH, _REFERRER, _NO_TAG = 2, 1, 0, -1
#: Above every pre-release's stage.
_STABLE = (9,)

_INVERTED = bytes(255 - byte for byte in range(256))
_NOTHING = (b"\xff", float("inf"))
_DIGITS = re.compile(r"([0-9]+)", re.ASCII)


@lru_cache(maxsize=1 << 16)
def version_key(tag: str) -> VersionKey:
    """Return the key by which tags sort best first, in *descending* order.

    1. Versions, then dates, then counters, then words (``latest`` before all others), then hashes, then
       signatures and other referrers. A date-like number never outranks a version.
    2. Newest release first; ``1.27`` counts as ``1.27.0``, and of equal ones the more specific comes
       first: ``1.27.1``, ``1.27.0``, ``1.27``, ``1.26.9``.
    3. Every form of a release before its pre-releases; of these, the candidate before the beta.
    4. Newest rebuild first, ``1.2.3-4`` before ``1.2.3``.
    5. The plain tag before its variants. Those go by name, numbers in them newest first: ``-alpine``,
       ``-alpine3.20``, ``-alpine3.19``, ``-slim``. Words go the same way.
    6. By name, so that no two tags are equal.

    Total on any text, legal tag or not.
    """
    version = parse_version(tag) if is_tag(tag) else None
    if version is None:
        return _wordless_key(tag)
    return (
        _KINDS[version.scheme],
        version.rank,
        version.pre or _STABLE,
        version.build,
        len(version.release),
        not version.revision,
        _natural(version.variant),
        _inverted(tag),
    )


def newest_stable(tags: Iterable[str]) -> str | None:
    """Return the tag of the newest release, in its most specific spelling.

    The highest plain version: no pre-release, no variant. Where a repository has no plain tags (or
    stopped making them: the next two majors exist as variants only), it is the highest release in its
    commonest variant. A whole number counts as a major only up to one past the highest dotted version,
    since ``57`` beside ``1.2.3`` is a build's number. Dates are taken where there are no versions,
    counters where there are no dates either. ``None`` where there are only words: nothing is guessed.
    """
    released: dict[str, list[TagVersion]] = {"version": [], "date": [], "counter": []}
    for tag in tags:
        version = parse_version(tag) if is_tag(tag) else None
        if version is not None and not version.is_prerelease:
            released[version.scheme].append(version)
    for versions in released.values():
        if versions:
            return _newest(versions).tag
    return None


def _newest(versions: Sequence[TagVersion]) -> TagVersion:
    plain = believable([version for version in versions if version.is_plain])
    if plain:
        best = max(plain, key=_key)
        if not _gave_up_plain(best, versions):
            return best
    believed = believable(versions)
    highest = max(version.rank for version in believed)
    families = Counter(_family(version) for version in versions)
    return max(
        (version for version in believed if version.rank == highest),
        key=lambda version: (families[_family(version)], _key(version)),
    )


def believable(versions: Sequence[TagVersion]) -> Sequence[TagVersion]:
    """Return ``versions`` without whole numbers that are no major version beside the dotted ones."""
    majors = [version.release[0] for version in versions if len(version.release) > 1]
    if not majors:
        return versions
    ceiling = max(majors) + 1
    return [version for version in versions if len(version.release) > 1 or version.release[0] <= ceiling]


def _gave_up_plain(best: TagVersion, versions: Sequence[TagVersion]) -> bool:
    # SonarQube: plain tags until 7.1, only `-community` and its siblings from 8 on.
    if best.scheme != "version":
        return False
    majors = {version.release[0] for version in versions}
    return {best.release[0] + 1, best.release[0] + 2} <= majors


def _family(version: TagVersion) -> str:
    """The variant without its own numbers: ``alpine3.19`` and ``alpine3.20`` are one family."""
    return _DIGITS.sub("#", version.variant)


def _key(version: TagVersion) -> VersionKey:
    return version_key(version.tag)


def _wordless_key(tag: str) -> VersionKey:
    if is_referrer_tag(tag):
        return (_REFERRER, _inverted(tag))
    if not is_tag(tag):
        return (_NO_TAG, _inverted(tag))
    if is_revision(tag):
        return (_HASH, _inverted(tag))
    return (_WORD, tag == "latest", _natural(tag), _inverted(tag))


def _natural(text: str) -> tuple[bytes | float, ...]:
    """Words and numbers by turns; descending, words ascend, numbers descend, the shorter comes first."""
    if not text:
        return _NOTHING
    pieces: list[bytes | float] = []
    for at, piece in enumerate(_DIGITS.split(text)):
        pieces.append(int(piece) if at % 2 else _inverted(piece))
    return (*pieces, float("inf"))


def _inverted(text: str) -> bytes:
    """Bytes whose descending order is the text's ascending one, a beginning before what it begins."""
    return text.encode("utf-8", "surrogatepass").translate(_INVERTED) + b"\xff"
