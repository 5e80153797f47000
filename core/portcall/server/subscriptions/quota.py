"""How much of the server's attention one caller may have."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from portcall.errors import BlockedError, PortcallError, RateLimitedError
from portcall.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Iterable

    from portcall.seal import Seal
    from portcall.server.subscriptions.stream import Stream
    from portcall.state.store import StateStore

#: Addresses that one caller may listen for, on all replicas together.
MOST_ADDRESSES = 20
#: Streams that one caller may have, on each replica.
MOST_STREAMS = 20
#: Seconds after which an address counts no more whose stream has not renewed it: its replica is gone.
SECONDS = 90.0
_KIND = "watch-quota"
_HINT = "Close a stream that listens, then listen again."
_log = get_logger("portcall.subscriptions")


class Quota:
    """Counts streams here, and addresses on all replicas; out of reach of the others, here alone.

    An address counts once, however many of the caller's streams listen for it: so that a client whose stream has
    dropped can listen again, though the old stream still counts somewhere.

    Args:
        store: What replicas share; ``None`` where there are none.
        seal: The same on all replicas.
        streams: How many there may be on this replica.
    """

    def __init__(self, store: StateStore | None, seal: Seal, streams: int) -> None:
        self._store = store
        self._seal = seal
        self._most = streams
        self._streams: Counter[str] = Counter()
        self._addresses: dict[str, Counter[str]] = {}
        self._is_down = False

    @property
    def streams(self) -> int:
        """How many streams there are here."""
        return self._streams.total()

    @property
    def addresses(self) -> int:
        """How many addresses are counted here, each once for each caller."""
        return sum(map(len, self._addresses.values()))

    def reserve(self, stream: Stream) -> None:
        """Count a stream here.

        Raises:
            BlockedError: The caller has as many as one may have.
            RateLimitedError: The server has as many as it can have.
        """
        if self._streams[stream.partition] >= MOST_STREAMS:
            raise BlockedError(f"more than {MOST_STREAMS} streams that listen at the same time", hint=_HINT)
        if self.streams >= self._most:
            raise RateLimitedError("this server has as many listeners as it can", hint="Listen again later.")
        mine = self._addresses.get(stream.partition, Counter())
        if len(mine.keys() | set(stream.uris)) > MOST_ADDRESSES:
            raise _too_many()
        self._streams[stream.partition] += 1
        self._addresses.setdefault(stream.partition, mine).update(stream.uris)

    async def renew(self, stream: Stream) -> None:
        """Count a stream's addresses for all replicas.

        Raises:
            BlockedError: Together they are more than one caller may have.
        """
        members = self._members(stream.partition, stream.uris)
        if not all(await asyncio.gather(*(self._enter(stream.partition, member) for member in members))):
            raise _too_many()

    def forget(self, stream: Stream) -> list[str]:
        """Count a stream no more; return the addresses that no other one here listens for."""
        self._streams -= Counter({stream.partition: 1})
        mine = self._addresses.get(stream.partition, Counter())
        mine.subtract(stream.uris)
        gone = [uri for uri in stream.uris if mine[uri] <= 0]
        for uri in gone:
            del mine[uri]
        if not mine:
            self._addresses.pop(stream.partition, None)
        return gone

    async def leave(self, partition: str, uris: Iterable[str]) -> None:
        """Count addresses for all replicas no more."""
        await asyncio.gather(*(self._leave(partition, member) for member in self._members(partition, uris)))

    async def _enter(self, partition: str, member: str) -> bool:
        if self._store is None:
            return True
        try:
            has_room = await self._store.enter(_KIND, partition, member, SECONDS, MOST_ADDRESSES)
        except PortcallError as error:
            self._failed(error)
            return True
        self._is_down = False
        return has_room

    async def _leave(self, partition: str, member: str) -> None:
        if self._store is None:
            return
        try:
            await self._store.leave(_KIND, partition, member)
        except PortcallError as error:
            self._failed(error)

    def _failed(self, error: PortcallError) -> None:
        if not self._is_down:
            _log.warning("subscriptions_counted_alone", error=error.message)
        self._is_down = True

    def _members(self, partition: str, uris: Iterable[str]) -> list[str]:
        return [self._seal.partition(f"counted address\0{partition}\0{uri}".encode()) for uri in uris]


def _too_many() -> BlockedError:
    return BlockedError(f"more than {MOST_ADDRESSES} subscriptions of one caller", hint=_HINT)
