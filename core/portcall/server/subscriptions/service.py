"""Subscriptions as a whole, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from portcall.server.subscriptions.board import Board
from portcall.server.subscriptions.bus import CallerBus
from portcall.server.subscriptions.faces import no_recheck
from portcall.server.subscriptions.gate import Callers, ListenGate
from portcall.server.subscriptions.message import Envelope
from portcall.server.subscriptions.quota import SECONDS, Quota
from portcall.server.subscriptions.watcher import TagWatcher
from portcall.server.subscriptions.wire import LocalWire

if TYPE_CHECKING:
    from portcall.seal import Seal
    from portcall.server.subscriptions.faces import Partition, Recheck, Tags, Who
    from portcall.server.subscriptions.wire import Wire
    from portcall.state.store import StateStore

#: Seconds between two looks at a tag.
INTERVAL = 60.0
_MOST_STREAMS = 1000
_MOST_TAGS = 2000


class Subscriptions:
    """What a server needs so that its clients can listen: runs between ``async with`` and its end.

    ``MCPServer(…, subscriptions=it.bus, middleware=[it.gate])``

    Args:
        tags: Asks the registries.
        who: Returns the caller at hand.
        partition: Names a caller with their credentials, the same on all replicas.
        seal: The same on all replicas.
        store: Where each caller's subscriptions are counted, and where replicas settle who looks.
        wire: Reaches the other replicas; by default there are none.
        shared: Whether other processes have the same store; without a wire they hear half an interval later.
        recheck: Raises where the request at hand would be refused by now.
        interval: Seconds between two looks at a tag.
        recheck_seconds: Seconds between two of these; at most half a minute, for subscriptions are renewed then.
    """

    def __init__(
        self,
        tags: Tags,
        who: Who,
        partition: Partition,
        seal: Seal,
        *,
        store: StateStore | None = None,
        wire: Wire | None = None,
        shared: bool = False,
        recheck: Recheck = no_recheck,
        interval: float = INTERVAL,
        recheck_seconds: float = SECONDS / 3,
    ) -> None:
        wire = wire or LocalWire()
        has_others = shared or wire.reaches_others
        board = Board(store, seal, interval) if store is not None and has_others else None
        self.bus = CallerBus(who, partition, wire, Envelope(seal))
        self.watcher = TagWatcher(tags, self.bus, board, interval, _MOST_TAGS)
        self.quota = Quota(store, seal, _MOST_STREAMS)
        callers = Callers(who, partition, recheck, min(recheck_seconds, SECONDS / 3))
        self.gate = ListenGate(callers, tags, self.watcher, self.quota)

    async def __aenter__(self) -> Self:
        await self.bus.start(self.watcher.heard)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Watch nothing more; streams that are still open hear nothing more, and are the server's to end."""
        await self.watcher.aclose()
        await self.bus.aclose()
