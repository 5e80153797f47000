"""Nobody gets past here without a token that is good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from starlette.datastructures import Headers
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_MISSING = "Send a bearer token: Authorization: Bearer TOKEN."
_NOT_GOOD = "The token is not known here, or not for here, or has expired. Sign in again, or get a new one."
_CANNOT_READ = "The token does not have the scope read, which everything here needs."


class RequireToken:
    """Lets requests pass whose token was found good for reading; tells all others what to do (RFC 6750).

    The SDK's own says "Authentication required" to everybody, and calls a token invalid that was never sent.

    Args:
        app: What answers the requests that pass.
        metadata_url: Where it is told who gives tokens (RFC 9728), if somebody does.
    """

    def __init__(self, app: ASGIApp, metadata_url: str | None) -> None:
        self._app = app
        self._metadata_url = metadata_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        user = scope.get("user")
        if isinstance(user, AuthenticatedUser) and "read" in user.scopes:
            await self._app(scope, receive, send)
        elif isinstance(user, AuthenticatedUser):
            await self._refusal(403, "insufficient_scope", _CANNOT_READ, 'scope="read"')(scope, receive, send)
        elif "authorization" in Headers(scope=scope):
            await self._refusal(401, "invalid_token", _NOT_GOOD)(scope, receive, send)
        else:
            await self._refusal(401, "", _MISSING)(scope, receive, send)

    def _refusal(self, status: int, error: str, description: str, *more: str) -> JSONResponse:
        told = [f'error="{error}"', f'error_description="{description}"'] if error else []
        told += more
        if self._metadata_url:
            told.append(f'resource_metadata="{self._metadata_url}"')
        headers = {"WWW-Authenticate": f"Bearer {', '.join(told)}".strip(), "Cache-Control": "no-store"}
        body = {"error": error or "missing_token", "error_description": description}
        return JSONResponse(body, status, headers)
