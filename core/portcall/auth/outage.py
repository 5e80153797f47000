"""Where something that a request needs is out of order: 503, and never a refusal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

from portcall.errors import PortcallError
from portcall.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Seconds after which another try makes sense, where nobody knows better.
_PAUSE = 5

_log = get_logger(__name__)


class Outage:
    """Answers 503 where a store or an issuer of tokens cannot be asked: who asks may be well entitled.

    The SDK's handlers let our errors through. A client that was told ``invalid_grant`` instead would throw away a
    sign-in that is as good as before.

    Args:
        app: What answers otherwise.
        headers: Further headers of the answer.
    """

    def __init__(self, app: ASGIApp, headers: Mapping[str, str] | None = None) -> None:
        self._app = app
        self._headers = dict(headers or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        has_begun = False

        async def noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except PortcallError as error:
            _log.warning("request_not_served", code=error.code, reason=error.message)
            if has_begun or scope["type"] != "http":
                raise
            # The form of OAuth's errors: whoever asked for a token reads it, and everybody else can.
            body = {"error": "temporarily_unavailable", "error_description": "Try again in a moment."}
            pause = math.ceil(error.retry_after or _PAUSE)
            headers = {**self._headers, "Retry-After": str(pause), "Cache-Control": "no-store"}
            await JSONResponse(body, 503, headers)(scope, receive, send)
