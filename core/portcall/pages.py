"""What backends answer with, where one model is not enough: pages of models, with what the reader has to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portcall.models import DockerfileInfo, DockerImage, DockerUser, Tag, Vulnerability


@dataclass(frozen=True, slots=True)
class TagPage:
    """One page of tags, in the registry's own order.

    Args:
        tags: What the list tells of each; only ``name`` is certain.
        next: Opaque cursor of the next page, or ``None``.
        problem: Why the list ends though the registry has more.
        warnings: What the reader has to know of what is told of the tags.
    """

    tags: tuple[Tag, ...]
    next: str | None = None
    problem: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RepositoryPage:
    """One page of repositories, in the registry's own order.

    Args:
        repositories: What the registry tells of each.
        next: Opaque cursor of the next page, or ``None``.
        total: How many there are in all, where the registry tells.
        warnings: What the reader has to know of this page.
        rests: Whether enough was looked at for one call, however little was found: the next call goes on.
    """

    repositories: tuple[DockerImage, ...]
    next: str | None = None
    total: int | None = None
    warnings: tuple[str, ...] = ()
    rests: bool = False


@dataclass(frozen=True, slots=True)
class UserPage:
    """Users and organisations, the best match first.

    Args:
        users: What the registry tells of each.
        warnings: What the reader has to know: how they were found, and who was not looked for.
    """

    users: tuple[DockerUser, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DockerfilePage:
    """Dockerfiles, the best match first.

    Args:
        dockerfiles: What is known of each.
        warnings: What the reader has to know: how they were found, and where was not looked.
    """

    dockerfiles: tuple[DockerfileInfo, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What a registry's own scanner says of one manifest.

    Args:
        status: ``scanned``; ``queued``, ``failed``, ``unsupported`` or the registry's own word where there is
            no result, and so nothing is known.
        vulnerabilities: All that it found, in any order; each package's once.
        scanner: Its name and version, where the registry tells.
        scanned_at: When, RFC 3339.
        warnings: What the reader has to know.
    """

    status: str
    vulnerabilities: tuple[Vulnerability, ...] = ()
    scanner: str | None = None
    scanned_at: str | None = None
    warnings: tuple[str, ...] = ()
