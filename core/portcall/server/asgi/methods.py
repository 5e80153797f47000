"""``/mcp`` takes POST alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.server.asgi.replies import refuse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class PostOnly:
    """Answers every other method at once.

    Without sessions there is nothing that a GET could stream, nor a DELETE end; the SDK would open a stream
    that is silent for ever, and a probe that asks so would hang.

    Args:
        app: What takes the POSTs.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a POST answered."""
        if scope["type"] == "http" and scope["method"] != "POST":
            await refuse(
                send,
                405,
                "this address takes POST alone",
                "Send each MCP message by POST; ask /healthz or /readyz how the server is.",
                headers=[(b"allow", b"POST")],
            )
            return
        await self._app(scope, receive, send)
