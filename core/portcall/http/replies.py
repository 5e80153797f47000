"""Replies that are kept: in memory, and beyond the process where there is a store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portcall.http.cache import MemoryCache
    from portcall.http.reply import Reply, ResourceRequest


@dataclass(frozen=True, slots=True)
class Found:
    """A reply, and where it was kept."""

    reply: Reply
    tier: str


class ReplyCache:
    """Replies, kept in memory alone."""

    def __init__(self, memory: MemoryCache) -> None:
        self._memory = memory

    def held(self, request: ResourceRequest, *, stale: bool = False) -> Reply | None:
        """Return what memory holds."""
        return self._memory.get(request.key, stale=stale)

    async def find(self, request: ResourceRequest, *, stale: bool = False) -> Found | None:
        """Return what is kept anywhere."""
        reply = self.held(request, stale=stale)
        return Found(reply, "memory") if reply else None

    async def keep(self, request: ResourceRequest, reply: Reply) -> None:
        """Keep a reply."""
        self.hold(request, reply)

    def hold(self, request: ResourceRequest, reply: Reply) -> None:
        """Keep a reply in memory."""
        self._memory.put(request.key, reply, request.lifetime)

    def drop(self, request: ResourceRequest) -> None:
        """Forget a reply."""
        self._memory.drop(request.key)

    async def aclose(self) -> None:
        """Let go of the store."""
