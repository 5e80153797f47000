"""What OAuth clients are told while the store does not answer: to come again, never that they have no right to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from portcall.errors import PortcallError
from portcall.logs import get_logger

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = get_logger(__name__)

_RETRY_AFTER = 30


class TellsOutages:
    """Answers 503 and ``temporarily_unavailable`` where the app raises one of our errors.

    The SDK's handlers let them through. A client that was told ``invalid_grant`` instead would throw away a
    sign-in that is as good as before.

    Args:
        app: What may raise.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except PortcallError as error:
            if begun:
                raise
            _log.warning("an OAuth request could not be answered", code=error.code, why=error.message)
            await _tell(send)


async def _tell(send: Send) -> None:
    told = {"error": "temporarily_unavailable", "error_description": "this server cannot tell just now; try again"}
    headers = [
        (b"content-type", b"application/json"),
        (b"cache-control", b"no-store"),
        (b"retry-after", b"%d" % _RETRY_AFTER),
        # As the SDK's routes: clients in browsers have to be able to read it.
        (b"access-control-allow-origin", b"*"),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(told).encode()})
