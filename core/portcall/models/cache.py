"""What the cache holds."""

from __future__ import annotations

from typing import ClassVar

from portcall.models.base import Answer, QuietModel


class CacheTier(QuietModel):
    """One place where replies are kept."""

    left_out: ClassVar[frozenset[str]] = frozenset({"problem"})

    name: str
    """``memory``, ``disk`` or ``redis``."""
    where: str
    """Folder or address, without a password."""
    entries: int | None = None
    bytes: int | None = None
    problem: str | None = None
    """Why it cannot be used now."""


class CacheContents(Answer):
    """What each tier of the cache holds."""

    tiers: tuple[CacheTier, ...] = ()
