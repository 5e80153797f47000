"""An MCP client that signs a person in: the SDK's own OAuth client, and a browser without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl
from tests.testbed.scriptless import sign_in

if TYPE_CHECKING:
    from tests.testbed.team_server import TeamServer


class Person:
    """Somebody with a Docker Hub login, and a client program that acts for them; keeps the client's tokens.

    Attributes:
        tokens: What the client was given.
    """

    def __init__(self, username: str, secret: str) -> None:
        self._login = (username, secret)
        self._client: OAuthClientInformationFull | None = None
        self._came_back: dict[str, str] = {}
        self.tokens: OAuthToken | None = None

    def auth(self, server: TeamServer) -> OAuthClientProvider:
        """Return what signs in whenever the server wants it, as httpx2 takes it."""
        metadata = OAuthClientMetadata(
            redirect_uris=[AnyUrl("http://127.0.0.1:33418/callback")],
            client_name="The SDK's client",
            token_endpoint_auth_method="none",
        )
        return OAuthClientProvider(server.mcp, metadata, self, self._sign_in, self._come_back)

    async def _sign_in(self, url: str) -> None:
        query = parse_qs(urlsplit(await sign_in(url, *self._login)).query)
        self._came_back = {name: values[0] for name, values in query.items()}

    async def _come_back(self) -> AuthorizationCodeResult:
        told = self._came_back
        return AuthorizationCodeResult(code=told["code"], state=told["state"], iss=told["iss"])

    # What the SDK's client keeps things with.

    async def get_tokens(self) -> OAuthToken | None:
        """Return the tokens."""
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        """Keep the tokens."""
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        """Return the registration."""
        return self._client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        """Keep the registration."""
        self._client = client_info
