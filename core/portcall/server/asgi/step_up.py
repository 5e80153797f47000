"""Asking for more: clients of the 2026 protocol are told which scope a tool needs, and can sign in for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from starlette.datastructures import Headers
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from portcall.caller import Scope as CallerScope


class StepUp:
    """Refuses the call of a tool that the token does not allow with 403, and names the scopes that would.

    Clients of 2025 name no tool outside of the body; the server itself refuses them.

    Args:
        app: What answers otherwise, behind authentication.
        scope_of: Which scope a tool needs.
        metadata_url: Where the description of this resource is (RFC 9728), if there is one.
    """

    def __init__(self, app: ASGIApp, scope_of: Callable[[str], CallerScope], metadata_url: str | None) -> None:
        self._app = app
        self._scope_of = scope_of
        self._metadata_url = metadata_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        user = scope.get("user")
        needed = self._needed(Headers(scope=scope))
        if needed is None or not isinstance(user, AuthenticatedUser) or needed in user.scopes:
            await self._app(scope, receive, send)
            return
        challenge = f'Bearer error="insufficient_scope", scope="read {needed}"'
        if self._metadata_url:
            challenge += f', resource_metadata="{self._metadata_url}"'
        body = {"error": "insufficient_scope", "error_description": f"This tool needs the scope {needed}."}
        await JSONResponse(body, 403, {"WWW-Authenticate": challenge})(scope, receive, send)

    def _needed(self, headers: Headers) -> CallerScope | None:
        # What the headers say, the SDK checks against the body.
        if headers.get("mcp-method", "").strip() != "tools/call":
            return None
        return self._scope_of(headers.get("mcp-name", "").strip())
