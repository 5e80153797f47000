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
from portcall.server.asgi.lifecycle import STATE_KEY, Lifecycle

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from types import FrameType

    from portcall.server.asgi.config import ServingConfig

_log = get_logger("portcall.server")

#: Seconds from the signal: new connections are still answered, and told to go elsewhere, until …
DRAIN = 0.5
#: … and what is still being answered then has as long again as this, …
PATIENCE = 3.0
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
            # Streams that were opened meanwhile.
            self._announce_end()
        cutting = asyncio.create_task(self._cut())
        try:
            await super().shutdown(sockets)
        finally:
            cutting.cancel()

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


def _end_process_after(seconds: float) -> None:
    def end() -> None:
        sys.stderr.flush()
        os._exit(0)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
