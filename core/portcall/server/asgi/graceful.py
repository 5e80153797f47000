"""A server that ends in time, and in order: told, drained, finished, cut.

Within :data:`MOST_SECONDS` of SIGTERM the process is gone: Kubernetes and people alike have little patience.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

from uvicorn import Server

from portcall.logs import get_logger
from portcall.server.asgi.config import MOST_WAITING
from portcall.server.asgi.lifecycle import STATE_KEY, Lifecycle

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence
    from types import FrameType

    from portcall.server.asgi.config import ServingConfig

_log = get_logger("portcall.server")

#: Seconds from the signal: new connections are still answered, and told to go elsewhere, until …
DRAIN = 0.5
#: … then nobody can connect any more; whoever has has this long to say what they want, …
LAST_REQUESTS = 0.5
#: … and what is still being answered then has as long again as this, …
PATIENCE = 2.5
#: … after which a call is told that its client has gone, and has this long before it is cancelled.
_LAST_WORDS = 0.2
#: Whatever still runs then, a thread that hangs, say, ends with the process.
MOST_SECONDS = 4.2


class GracefulServer(Server):
    """uvicorn's server, which ends with status 0 when it is told to end.

    Args:
        config: As for uvicorn.
        when_started: Called once requests are answered.
        parent: The process that this one belongs to, and does not outlive.
        ends_process: Whether the process has no other purpose, and may be ended when all else fails.
    """

    def __init__(
        self,
        config: ServingConfig,
        *,
        when_started: Callable[[], None] = lambda: None,
        parent: int | None = None,
        ends_process: bool = False,
    ) -> None:
        super().__init__(config)
        self._when_started = when_started
        self._parent = parent
        self._ends_process = ends_process
        self._drains = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; a second Ctrl-C ends at once. uvicorn would die of the signal afterwards."""
        del frame
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True
        # Nobody puts another server in the place of one that ends at a terminal.
        self._drains = sig == signal.SIGTERM

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        for listener in sockets or []:
            listener.listen(MOST_WAITING)  # asyncio lets no more wait than it takes at one go
        if self.started:
            self._when_started()

    async def on_tick(self, counter: int) -> bool:
        """Tell whether it is time to end: a worker without its parent would hold the port for ever."""
        is_orphan = self._parent is not None and os.getppid() != self._parent
        return await super().on_tick(counter) or is_orphan

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End in order."""
        if self._ends_process:
            _end_process_after(MOST_SECONDS)
        self._announce_end()
        if self._drains:
            self.server_state.default_headers = [*self.server_state.default_headers, (b"connection", b"close")]
            await asyncio.sleep(DRAIN)
            await self._stop_listening(sockets or [])
            await asyncio.sleep(LAST_REQUESTS)
            # Streams that were opened meanwhile.
            self._announce_end()
        cutting = asyncio.create_task(self._cut())
        try:
            await super().shutdown(sockets)
        finally:
            cutting.cancel()

    async def _stop_listening(self, sockets: Sequence[socket.socket]) -> None:
        """Let nobody connect any more. uvicorn would hang up on those who just have, their request unread."""
        loop = asyncio.get_running_loop()
        for listener in sockets:
            # Else the system would hang up on those whom it has let in, and we have not heard of.
            while (accepted := _accepted(listener)) is not None:
                await loop.connect_accepted_socket(self._new_protocol, accepted)
        for server in self.servers:
            server.close()
        for listener in sockets:
            listener.close()

    def _new_protocol(self) -> asyncio.Protocol:
        # As uvicorn makes one for each connection.
        return self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

    def _announce_end(self) -> None:
        lifecycle = self.lifespan.state.get(STATE_KEY)
        if isinstance(lifecycle, Lifecycle):
            lifecycle.close()

    async def _cut(self) -> None:
        """End what does not end by itself: as if its client had gone, then by force."""
        await asyncio.sleep(PATIENCE)
        _log.warning("requests_cut_off", requests=len(self.server_state.tasks))
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(_LAST_WORDS)
        for task in tuple(self.server_state.tasks):
            task.cancel()


def _accepted(listener: socket.socket) -> socket.socket | None:
    """Return the next connection that waits to be accepted, if there is one."""
    try:
        accepted, _ = listener.accept()
    except OSError:
        return None
    accepted.setblocking(False)
    return accepted


def _end_process_after(seconds: float) -> None:
    def end() -> None:
        sys.stderr.flush()
        os._exit(0)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
