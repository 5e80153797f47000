"""What a request may carry: so many bytes, within so many seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from portcall.server.asgi.authority import header_values
from portcall.server.asgi.replies import refuse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 4 * 1024 * 1024
PATIENCE = 15.0

# What is still on its way would be taken for the next request's head, or kept being read for nothing.
_CLOSE = [(b"connection", b"close")]


class BodyCeiling:
    """Hands a request on once its whole body is there; too large ones, and too slow ones, never.

    The body is held in memory meanwhile, so this belongs behind authentication where there is any. What is
    answered is passed on as it comes, and so is the client's going away.

    Args:
        app: What answers the request.
        most: Bytes that a body may have, whether its length was told or not.
        patience: Seconds within which it has to arrive.
    """

    def __init__(self, app: ASGIApp, *, most: int = MOST_BYTES, patience: float = PATIENCE) -> None:
        self._app = app
        self._most = most
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read a request, and have it answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._is_announced(scope):
            await self._refuse_size(send)
            return
        body = None
        with anyio.move_on_after(self._patience) as waiting:
            body = await self._read(receive)
        if waiting.cancelled_caught:
            await refuse(
                send, 408, "the request's body did not arrive in time", "Send it without pauses.", headers=_CLOSE
            )
        elif body is not None and len(body) > self._most:
            await self._refuse_size(send)
        elif body is not None:
            await self._app(scope, _replay(bytes(body), receive), send)

    def _is_announced(self, scope: Scope) -> bool:
        """Tell whether more is announced than may come; a client that waits for our word then sends nothing."""
        told = header_values(scope, b"content-length")
        # The server has checked that it is a number.
        return any(length.isdigit() and int(length[:20]) > self._most for length in told)

    async def _read(self, receive: Receive) -> bytearray | None:
        """Return the body, or its beginning where it is too long; ``None`` where the client has gone."""
        body = bytearray()
        while len(body) <= self._most:
            message = await receive()
            if message["type"] != "http.request":
                return None
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        return body

    async def _refuse_size(self, send: Send) -> None:
        message = f"the request's body is larger than {self._most} bytes"
        await refuse(send, 413, message, "Ask for less at once.", headers=_CLOSE)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that gives the whole body, and then what comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed
