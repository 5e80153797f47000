"""Counts HTTP requests for Prometheus."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from portcall.server.asgi.authority import header_values
from portcall.server.asgi.listens import is_listen

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from portcall.server.asgi.metrics import Metrics


class Measured:
    """Counts each request, how long it took, and who was not let in.

    Args:
        app: What answers the requests.
        metrics: Where they are counted.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered, and count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status: int | None = None

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if reason := _refusal(scope, message):
                    self._metrics.refused(reason)
            await send(message)

        is_stream = is_listen(scope)
        self._metrics.begin(is_stream=is_stream)
        started = time.perf_counter()
        try:
            await self._app(scope, receive, counted)
        finally:
            seconds = time.perf_counter() - started
            self._metrics.end(scope["path"], scope["method"], status, seconds, is_stream=is_stream)


def _refusal(scope: Scope, message: Message) -> str | None:
    """Return why somebody was not let in, if that is what an answer says."""
    if message["status"] == 401:
        return "invalid_token" if header_values(scope, b"authorization") else "missing_token"
    said = next((value for name, value in message.get("headers", ()) if name.lower() == b"www-authenticate"), b"")
    return "insufficient_scope" if message["status"] == 403 and b"insufficient_scope" in said else None
