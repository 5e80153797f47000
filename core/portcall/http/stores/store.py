"""What a place that keeps replies beyond the process has to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

#: Largest entry that goes to a store, and that is read from one, encoded.
MAX_ENTRY_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """What a store holds, for people.

    Args:
        entries: How many replies.
        bytes: What they take there.
        where: Its address, without what is secret in it.
        problem: Why it is not used, or not written to; empty while all is well.
    """

    entries: int
    bytes: int
    where: str
    problem: str = ""


class StoreRefusesError(Exception):
    """The store works, but takes nothing more: it is full, or for reading only."""


class ReplyStore(Protocol):
    """Where replies outlive the process: named bytes, each for a time.

    A store may raise anything (:class:`portcall.http.stores.breaker.Breaker` stands before it), and may take
    its time: whoever calls it bounds it, and cancels.
    """

    @property
    def name(self) -> str:
        """``"disk"`` or ``"redis"``: the tier's name in logs and answers."""

    @property
    def where(self) -> str:
        """Its address, for people: no password in it."""

    @property
    def keeps_brief(self) -> bool:
        """Whether what is true for a minute is told from there within it: to replicas, but not by a disk.

        A disk keeps it for when the registry cannot be asked: whoever asks at the shell wants today's answer.
        """

    def open(self) -> None:
        """Load what it takes, before anything is asked: the time for it is not the store's.

        Raises:
            Exception: It cannot be used.
        """

    async def get(self, name: str) -> bytes | None:
        """Return what was put under ``name``, if it is still there."""

    async def put(self, name: str, value: bytes, seconds: float) -> None:
        """Keep ``value``; after ``seconds`` it may be thrown away (infinite: as long as there is room).

        Raises:
            StoreRefusesError: There is no room, or no right to write.
        """

    async def drop(self, name: str) -> None:
        """Throw away what is under ``name``."""

    async def info(self) -> StoreInfo:
        """Count what is there."""

    async def clear(self) -> int:
        """Throw all replies away, and nothing else that is kept there; return how many they were."""

    async def aclose(self) -> None:
        """Let go of connections and threads."""
