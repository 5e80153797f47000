"""Revocation (RFC 7009), for public clients as well: the SDK's own wants a secret of those that have none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp.server.auth.middleware.client_auth import AuthenticationError, ClientAuthenticator
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request

    from portcall.auth.signin.provider import DockerHubProvider

_HEADERS = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class Revocation:
    """The endpoint.

    Args:
        provider: Has the tokens.
    """

    def __init__(self, provider: DockerHubProvider) -> None:
        self._provider = provider
        self._authenticator = ClientAuthenticator(provider)

    async def handle(self, request: Request) -> Response:
        """End the sign-in that a client's own token came of; a token that is none of its own is no fault."""
        try:
            client = await self._authenticator.authenticate_request(request)
        except AuthenticationError:
            return JSONResponse({"error": "invalid_client"}, 401, _HEADERS)
        shown = (await request.form()).get("token")
        if not isinstance(shown, str) or not shown:
            return JSONResponse(
                {"error": "invalid_request", "error_description": "token is missing"}, 400, _HEADERS
            )
        # Whatever the hint says: a token is looked for as both, and no kind looks like the other.
        access = await self._provider.load_access_token(shown)
        token = access or await self._provider.load_refresh_token(client, shown)
        if token is not None and token.client_id == client.client_id:
            await self._provider.revoke_token(token)
        return Response(status_code=200, headers=_HEADERS)
