"""Records that strangers may make: so many, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portcall.state.store import StateStore

#: Seconds after which the places are gone through from the first again: sooner than that it makes no difference.
_ROUND = 365 * 86_400.0


class Newest:
    """The newest records of a kind, over all replicas; for each that is too many, the oldest goes.

    Who floods it so crowds out what others have just made, and neither fills the store nor keeps anybody out. What
    has proved useful (a client with which somebody has signed in) is put where strangers put nothing: ``take`` it
    here, and ``put`` it into the store as another kind.

    Args:
        store: Where they are kept.
        kind: Theirs alone; read them by ``store.get(kind, key)``.
        at_most: How many there may be.
    """

    def __init__(self, store: StateStore, kind: str, at_most: int) -> None:
        self._store = store
        self._kind = kind
        self._places = f"{kind}:place"
        self._at_most = at_most

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """Keep a record for so many seconds, or until ``at_most`` others have been put after it.

        Args:
            key: Of a record that was not put before.
            value: What is kept.
            seconds: For how long at most.

        Raises:
            UnreachableError: The store does not work.
        """
        number = await self._store.count(f"{self._kind}:number", "", _ROUND)
        place = str(number % self._at_most)
        # The record first: whoever finds it in its place drops it, which they could not if it came after.
        await self._store.put(self._kind, key, value, seconds)
        while not await self._store.add(self._places, place, key.encode("utf-8", "surrogatepass"), seconds):
            if (oldest := await self._store.take(self._places, place)) is not None:
                await self._store.drop(self._kind, oldest.decode("utf-8", "surrogatepass"))

    async def get(self, key: str) -> bytes | None:
        """Return a record that is there.

        Raises:
            UnreachableError: The store does not work.
        """
        return await self._store.get(self._kind, key)

    async def take(self, key: str) -> bytes | None:
        """Return a record and drop it: of many who try at once, one gets it.

        Raises:
            UnreachableError: The store does not work.
        """
        return await self._store.take(self._kind, key)
