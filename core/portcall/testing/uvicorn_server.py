"""The uvicorn side of :mod:`portcall.testing.server`; imported when the first server starts."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import uvicorn

from portcall.testing.asgi import HANG_UP

if TYPE_CHECKING:
    import socket
    import ssl as tls
    from collections.abc import Callable

    from portcall.testing.asgi import App, Receive, Scope, Send

_TICK_SECONDS = 1.0
_GRACE_SECONDS = 2.0
_TURNS = 8


class LoopbackServer(uvicorn.Server):
    """Starts at once, leaves at once: uvicorn's own loop naps 0.1 s at a time, and waits for clients."""

    def __init__(self, config: uvicorn.Config, *, started: Callable[[], None], leave: asyncio.Event) -> None:
        super().__init__(config)
        self._tell_started = started
        self._leave = leave

    async def main_loop(self) -> None:
        """Wait until told to leave."""
        self._tell_started()
        while not self._leave.is_set():
            # Keeps the Date header right.
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._leave.wait(), _TICK_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close everything, whatever is under way."""
        # Connections that are being accepted need their server for some more turns of the loop: closing it
        # at once makes asyncio (3.12 and later) fail an assertion, and lose the socket.
        loop = asyncio.get_running_loop()
        for server in self.servers:
            for listener in server.sockets:
                loop.remove_reader(listener.fileno())
        cancelled: set[asyncio.Task[None]] = set()
        for _ in range(_TURNS):
            for task in self.server_state.tasks - cancelled:
                task.cancel()
                cancelled.add(task)
            for connection in self._connections():
                connection.transport.abort()
            await asyncio.sleep(0)
        for server in self.servers:
            server.close()
        if cancelled:
            await asyncio.wait(cancelled, timeout=_GRACE_SECONDS)
        await self.lifespan.shutdown()

    def hang_up(self, client: tuple[str, int] | None) -> None:
        """Close the connection of one client, once what was written has left."""
        for connection in self._connections():
            if connection.client == client:
                connection.transport.close()

    def _connections(self) -> list[Any]:
        # Protocols are of several classes in uvicorn; all have `client` and `transport`.
        return list(self.server_state.connections)


def make_server(
    app: App, ssl: tls.SSLContext | None, *, started: Callable[[], None], leave: asyncio.Event
) -> LoopbackServer:
    """Return a server that is ready to run on a listening socket."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        def hang_up() -> None:
            client = scope.get("client")
            server.hang_up(tuple(client) if client else None)

        extensions = {**(scope.get("extensions") or {}), HANG_UP: hang_up}
        await app({**scope, "extensions": extensions}, receive, send)

    config = uvicorn.Config(
        application,
        loop="asyncio",
        http="h11",
        ws="none",
        interface="asgi3",
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=600,
    )
    config.load()
    config.ssl = ssl
    # Named: `application` above needs it.
    server = LoopbackServer(config, started=started, leave=leave)
    return server
