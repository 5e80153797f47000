"""All tags that are waited for here."""

from __future__ import annotations

import asyncio
import contextlib
from contextvars import Context
from typing import TYPE_CHECKING

from mcp.server.subscriptions import ResourceUpdated

from portcall.errors import InternalError, PortcallError, RateLimitedError
from portcall.logs import get_logger
from portcall.server.subscriptions.address import TagAddresses
from portcall.server.subscriptions.poller import Look, Poller
from portcall.server.subscriptions.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from portcall.caller import Caller
    from portcall.server.subscriptions.address import TagAddress
    from portcall.server.subscriptions.board import Board
    from portcall.server.subscriptions.bus import CallerBus
    from portcall.server.subscriptions.faces import Tags
    from portcall.server.subscriptions.stream import Stream

_log = get_logger("portcall.subscriptions")
#: Looks at registries at the same time.
_AT_ONCE = 16
#: Seconds that the end may take.
_PARTING = 2.0
_CALLS = 4


class TagWatcher:
    """Looks after every tag that a stream here listens for: one poller each, however many the streams are.

    Args:
        tags: Asks the registries.
        bus: Tells the listeners, and the other replicas.
        board: Settles with other replicas who looks; ``None`` where there are none.
        interval: Seconds between two looks at a tag.
        at_most: Tags at the same time.
    """

    def __init__(self, tags: Tags, bus: CallerBus, board: Board | None, interval: float, at_most: int) -> None:
        self._tags = tags
        self._addresses = TagAddresses()
        self._look = Look(tags, _AT_ONCE)
        self._bus = bus
        self._board = board
        self._interval = interval
        self._at_most = at_most
        self._watches: dict[tuple[str, str], Watch] = {}
        self._pollers: dict[Watch, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def watched(self) -> int:
        """How many tags are waited for."""
        return len(self._watches)

    @property
    def busy(self) -> int:
        """How many tasks work for it, those that are about to end among them."""
        return len(self._tasks)

    def known(self, partition: str, uri: str) -> str | None:
        """Return the state that the listeners to a tag know of; ``None`` where there are none."""
        watch = self._watches.get((partition, uri))
        return None if watch is None else watch.known

    def begin(self, stream: Stream, caller: Caller, address: TagAddress, before: str | None, state: str) -> None:
        """Watch a tag for a stream.

        Args:
            stream: Listens.
            caller: As whom to ask.
            address: The tag.
            before: What was known here before ``state`` was asked for.
            state: What it is now.

        Raises:
            RateLimitedError: So many tags are watched that this one cannot be.
        """
        watch = self._watches.get((stream.partition, address.uri))
        if watch is None:
            watch = self._added(Watch(stream.partition, caller, address, state))
        elif watch.known == before != state:
            self._take(watch, state)  # at once: the new stream knows already, and is not to hear of it
            self._start(self._moved(watch, state))
        watch.streams.add(stream)
        stream.watches[watch] = state

    def end(self, stream: Stream) -> None:
        """Watch nothing more for a stream."""
        for watch in stream.watches:
            watch.streams.discard(stream)
            if not watch.streams:
                self._forget(watch)
        stream.watches.clear()

    def heard(self, partition: str, uri: str, state: str) -> None:
        """Take over what another replica saw; also where nobody here waits for it, somebody may ask."""
        watch = self._watches.get((partition, uri))
        if watch is not None:
            self._take(watch, state)
            return
        with contextlib.suppress(PortcallError):
            address = self._addresses.read(uri)
            self._tags.forget(address.name, address.tag)

    async def aclose(self) -> None:
        """Watch nothing more, and nothing ever again."""
        self._at_most = 0
        for watch in tuple(self._pollers):
            self._forget(watch)
        # More than once, for a cancellation may get lost: see Poller.
        for _ in range(_CALLS):
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=_PARTING / _CALLS)
            for task in tuple(self._tasks):
                task.cancel()

    def _added(self, watch: Watch) -> Watch:
        if len(self._watches) >= self._at_most:
            raise RateLimitedError(
                "this server watches as many tags as it can",
                hint="Listen again later, or read the image's address when you need to know.",
            )
        self._watches[watch.key] = watch
        self._pollers[watch] = self._start(self._poll(watch))
        return watch

    def _forget(self, watch: Watch) -> None:
        if self._watches.get(watch.key) is watch:
            del self._watches[watch.key]
        poller = self._pollers.pop(watch, None)
        if poller is not None:
            poller.cancel()

    async def _poll(self, watch: Watch) -> None:
        poller = Poller(watch, self._look, self._board, self._interval, self._moved, self.heard)
        reason: PortcallError | None
        try:
            reason = await poller.run()
        except Exception:  # noqa: BLE001 - whoever listens shall not go on waiting for nothing
            _log.error("watch_broken", exc_info=True)
            reason = InternalError("the server cannot watch that tag any more", hint="Listen again.")
        self._pollers.pop(watch, None)
        self._forget(watch)
        if reason is not None:
            for stream in tuple(watch.streams):
                stream.end(reason)

    async def _moved(self, watch: Watch, state: str) -> None:
        """Tell everybody who waits for a tag, and may know.

        The other replicas first: whoever hears of it here may ask there, and shall not be told what they kept.
        """
        if self._board is not None:
            # Before the others are told: who reads the board afterwards shall not take it for news.
            await self._board.note_sight(self._board.key(*watch.key), state)
        await self._bus.announce(watch.partition, watch.address.uri, state)
        self._take(watch, state)

    def _take(self, watch: Watch, state: str) -> None:
        if watch.known != state:
            watch.known = state
            # First: who hears of it may ask at once, and shall not be told what was kept.
            self._tags.forget(watch.address.name, watch.address.tag)
            self._bus.deliver(ResourceUpdated(watch.address.uri), watch.partition)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        # A context of its own: it outlives the request that has it started, and is not that request's caller.
        task = asyncio.create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
