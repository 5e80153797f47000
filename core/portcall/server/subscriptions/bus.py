"""Who hears what: each caller's events go to that caller's streams alone, on every replica."""

from __future__ import annotations

import secrets
from contextvars import ContextVar
from typing import TYPE_CHECKING

import anyio.lowlevel
from mcp.server.subscriptions import (
    PromptsListChanged,
    ResourcesListChanged,
    ResourceUpdated,
    ServerEvent,
    ToolsListChanged,
)

from portcall.errors import PortcallError
from portcall.logs import get_logger
from portcall.server.subscriptions.message import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from portcall.server.subscriptions.faces import Partition, Who
    from portcall.server.subscriptions.message import Envelope, Kind
    from portcall.server.subscriptions.wire import Wire

    Listener = Callable[[ServerEvent], None]

_log = get_logger("portcall.subscriptions")
_LISTS: Mapping[Kind, ServerEvent] = {
    "tools": ToolsListChanged(),
    "prompts": PromptsListChanged(),
    "resources": ResourcesListChanged(),
}
#: The addresses that moved since the stream at hand looked at them, for the listener that it is about to add.
missed_so_far: ContextVar[Callable[[], Iterable[str]] | None] = ContextVar("missed_so_far", default=None)


class CallerBus:
    """The SDK's ``SubscriptionBus``, partitioned by caller.

    Args:
        who: Tells whose request adds a listener, or publishes.
        partition: Names a caller.
        wire: Reaches the other replicas.
        envelope: Seals what goes over it.
    """

    def __init__(self, who: Who, partition: Partition, wire: Wire, envelope: Envelope) -> None:
        self._who = who
        self._partition = partition
        self._wire = wire
        self._envelope = envelope
        self._origin = secrets.token_hex(8)
        self._listeners: dict[str, dict[object, Listener]] = {}
        self._on_moved: Callable[[str, str, str], None] | None = None
        self._is_cut_off = False

    @property
    def listeners(self) -> int:
        """How many listen here."""
        return sum(map(len, self._listeners.values()))

    async def start(self, on_moved: Callable[[str, str, str], None]) -> None:
        """Begin to hear other replicas.

        Args:
            on_moved: Is told the partition, the address and the new state of every tag that they saw move.
        """
        self._on_moved = on_moved
        await self._wire.start(self._receive)

    async def aclose(self) -> None:
        """Hear no more."""
        await self._wire.aclose()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Add a listener for the caller at hand; return what removes it."""
        partition = self._partition(self._who())
        token = object()
        self._listeners.setdefault(partition, {})[token] = listener

        def unsubscribe() -> None:
            mine = self._listeners.get(partition, {})
            mine.pop(token, None)
            if not mine:
                self._listeners.pop(partition, None)

        missed = missed_so_far.get()
        for uri in missed() if missed else ():
            listener(ResourceUpdated(uri))
        return unsubscribe

    async def publish(self, event: ServerEvent) -> None:
        """Tell everybody that a list changed, or the caller at hand that a resource did."""
        if isinstance(event, ResourceUpdated):
            partition = self._partition(self._who())
            self.deliver(event, partition)
            await self._send("updated", partition, event.uri)
        else:
            self.deliver(event)
            await self._send(next(kind for kind, each in _LISTS.items() if each == event))
        await anyio.lowlevel.checkpoint()  # a burst of events shall not overflow the streams' buffers unread

    async def announce(self, partition: str, uri: str, state: str) -> None:
        """Tell the other replicas that a tag was seen to have moved."""
        await self._send("moved", partition, uri, state)

    def deliver(self, event: ServerEvent, partition: str | None = None) -> None:
        """Tell the listeners of one partition, or all that are here."""
        theirs = self._listeners.values() if partition is None else [self._listeners.get(partition, {})]
        for listener in [each for listeners in theirs for each in listeners.values()]:
            try:
                listener(event)
            except Exception:  # noqa: BLE001 - one listener's fault shall not cost the others their event
                _log.warning("listener_failed", exc_info=True)

    async def _send(self, kind: Kind, partition: str = "", uri: str = "", state: str = "") -> None:
        """Tell the other replicas, if they can be reached: they find a move out later, if not."""
        if not self._wire.reaches_others:
            return
        message = Message(origin=self._origin, kind=kind, partition=partition, uri=uri, state=state)
        try:
            await self._wire.send(self._envelope.close(message))
        except PortcallError as error:
            if not self._is_cut_off:
                _log.warning("replicas_not_told", error=error.message)
            self._is_cut_off = True
        else:
            self._is_cut_off = False

    def _receive(self, data: bytes) -> None:
        message = self._envelope.open(data)
        if message is None:
            _log.debug("message_ignored", bytes=len(data))
        elif message.origin == self._origin:
            pass  # the listeners here were told at once
        elif message.kind == "moved":
            if self._on_moved is not None:
                self._on_moved(message.partition, message.uri, message.state)
        elif message.kind == "updated":
            self.deliver(ResourceUpdated(message.uri), message.partition)
        else:
            self.deliver(_LISTS[message.kind])
