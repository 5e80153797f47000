"""Whether images exist, many at once."""

from __future__ import annotations

from typing import ClassVar

from portcall.models.base import Page, QuietModel
from portcall.models.error import ErrorInfo


class ImageCheck(QuietModel):
    """One reference, checked.

    ``exists`` is ``None`` where looking failed: an outage is never "does not exist".
    """

    left_out: ClassVar[frozenset[str]] = frozenset(
        {
            *("platform_available", "newer", "newer_in_major", "none_newer"),
            *("line", "via", "used_by", "warnings"),
        }
    )

    image: str
    """The reference as it was given, or found."""
    exists: bool | None = None
    reference: str | None = None
    """The image pinned by its digest."""
    digest: str | None = None
    platforms: tuple[str, ...] = ()
    """Real platforms, where telling them was free."""
    platform_available: bool | None = None
    """Whether the platform that was asked for is there."""
    created: str | None = None
    newer: str | None = None
    """With ``suggest_newer``: the newest stable release of the same make, where it is newer."""
    newer_in_major: str | None = None
    """The newest one of the same major version, where that is another than ``newer``."""
    none_newer: bool = False
    """Whether all its releases were looked at, and none is newer."""
    line: int | None = None
    """The line of the given content, from 1."""
    via: str | None = None
    """How it was found there: ``FROM``, ``image:``."""
    used_by: str | None = None
    """What uses it there, where that has a name: a compose service, a container."""
    error: ErrorInfo | None = None
    warnings: tuple[str, ...] = ()


class ImageChecks(Page):
    """The verdict on up to 50 references."""

    rows_field: ClassVar[str] = "checks"
    left_out: ClassVar[frozenset[str]] = Page.left_out | {"next_cursor", "content_kind"}

    checks: tuple[ImageCheck, ...] = ()
    ok: int = 0
    """How many exist, and have the platform that was asked for."""
    failed: int = 0
    """How many do not, or could not be looked at."""
    platform: str | None = None
    content_kind: str | None = None
    """What the given content was taken for."""
