"""What keeps a server without authentication from the network, whoever started it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.server.asgi.addresses import arrived_on_loopback, was_relayed
from portcall.server.asgi.replies import refuse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class LoopbackOnly:
    """Refuses what did not arrive on this machine's own interface, and what a proxy there says that it hands on.

    ``portcall serve`` does not even listen elsewhere; under another ASGI server we learn where it listens
    from the requests alone.

    Args:
        app: What answers the others.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered if it came from this machine."""
        if scope["type"] == "lifespan" or (arrived_on_loopback(scope) and not was_relayed(scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await refuse(
                send,
                403,
                "this server has no authentication, and answers its own machine alone",
                "Its operator may set auth.mode, or listen on 127.0.0.1, or allow it in so many words: "
                "server.allow_unauthenticated.",
            )
        else:
            await send({"type": "websocket.close", "code": 1008})
