"""What a place that keeps a server's state has to do."""

from __future__ import annotations

from typing import Protocol


class StateStore(Protocol):
    """Small records that replicas share: registrations, grants, tokens, leases, counters. Each has an end.

    A record is named by its kind (``"code"``, ``"grant"``: ours, few) and a key (anything, a secret's hash among
    it). What is kept is sealed before it comes here, where that matters: a store never sees a token.

    Raises:
        portcall.errors.UnreachableError: From every method, where the store does not answer, is full, or may not
            be written to. A failure to look is never "there is none".
    """

    @property
    def where(self) -> str:
        """Its address, for people: no password in it."""

    async def put(self, kind: str, key: str, value: bytes, seconds: float) -> None:
        """Keep ``value`` for so many seconds, instead of what was there."""

    async def add(self, kind: str, key: str, value: bytes, seconds: float) -> bool:
        """Keep ``value`` where nothing is kept yet; tell whether it was so. Atomic over all replicas."""

    async def get(self, kind: str, key: str) -> bytes | None:
        """Return what is kept, if its time is not over."""

    async def take(self, kind: str, key: str) -> bytes | None:
        """Return what is kept and drop it, so that nobody else gets it: of many who try at once, one does."""

    async def drop(self, kind: str, *keys: str) -> None:
        """Drop records; those that are not there are no fault."""

    async def count(self, kind: str, key: str, seconds: float) -> int:
        """Add one to a counter and return what it is now; it ends so many seconds after its first."""

    async def enter(self, kind: str, key: str, member: str, seconds: float, at_most: int) -> bool:
        """Put a member into a bounded group, or renew its time; tell whether there was room. Atomic.

        Members end one by one, each so many seconds after it was put in or renewed.
        """

    async def leave(self, kind: str, key: str, member: str) -> None:
        """Take a member out of a group."""

    async def check(self) -> None:
        """Return where the store can be read and written."""

    async def aclose(self) -> None:
        """Let go of connections and threads."""
