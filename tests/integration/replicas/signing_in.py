"""Signing in step by step, each step at the replica that its test names: as a balancer might send them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
from tests.core.auth.signin.bed import Pkce
from tests.testbed.scriptless import Page
from tests.testbed.team_server import PATIENCE

if TYPE_CHECKING:
    from tests.integration.replicas.deployment import Replica

VERSION = "2026-07-28"
CALLBACK = "http://127.0.0.1:33418/callback"


class Visitor:
    """A person with a browser, and the client program that acts for them.

    Args:
        public_url: The origin that everybody knows, at which nothing needs to listen.
        username: Their Docker ID.
        secret: Their access token at Docker Hub.

    Attributes:
        access: The client's access token.
        refresh: Its refresh token.
        client_id: Its registration.
    """

    def __init__(self, public_url: str, username: str, secret: str) -> None:
        self._public = public_url
        self._login = {"username": username, "password": secret}
        self._pkce = Pkce()
        # Cookies and all: a browser does not know that it is answered by several.
        self._http = httpx2.Client(
            headers={"Host": urlsplit(public_url).netloc},
            timeout=PATIENCE,
            trust_env=False,
            follow_redirects=False,
        )
        self.client_id = self.access = self.refresh = ""

    def register(self, at: Replica) -> None:
        """Have the client registered."""
        metadata = {
            "redirect_uris": [CALLBACK],
            "client_name": "A client",
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
        }
        reply = self._http.post(f"{at.url}/register", json=metadata)
        assert reply.status_code == 201, reply.text
        self.client_id = reply.json()["client_id"]

    def begin(self, at: Replica) -> httpx2.Response:
        """Ask for authorization; the answer sends to the page."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": CALLBACK,
            "state": "xyz",
            "scope": "read",
            "code_challenge": self._pkce.challenge,
            "code_challenge_method": "S256",
            "resource": f"{self._public}/mcp",
        }
        return self._http.get(f"{at.url}/authorize?{urlencode(query)}")

    def see_page(self, begun: httpx2.Response, at: Replica) -> Page:
        """Look at the page."""
        where = begun.headers["location"]
        assert where.startswith(f"{self._public}/signin?"), where
        reply = self._http.get(where.replace(self._public, at.url))
        assert reply.status_code == 200, reply.text
        return Page.read(reply.text)

    def send_form(self, page: Page, at: Replica) -> str:
        """Sign in and consent; return the code that comes back to the client."""
        form = {**page.hidden, **self._login, "decision": "allow"}
        reply = self._http.post(f"{at.url}/signin", data=form, headers={"Origin": self._public})
        assert reply.status_code == 200, reply.text
        return parse_qs(urlsplit(Page.read(reply.text).leads_to).query)["code"][0]

    def exchange(self, code: str, at: Replica) -> httpx2.Response:
        """Get tokens for a code."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        return self._get_tokens({**form, "code_verifier": self._pkce.verifier}, at)

    def renew(self, at: Replica, token: str = "") -> httpx2.Response:
        """Get new tokens for a refresh token: the latest by default."""
        return self._get_tokens({"grant_type": "refresh_token", "refresh_token": token or self.refresh}, at)

    def revoke(self, at: Replica) -> httpx2.Response:
        """Give the access token back."""
        return self._http.post(f"{at.url}/revoke", data={"token": self.access, "client_id": self.client_id})

    def sign_in(self, replicas: list[Replica]) -> None:
        """Do all of it: begun at the first replica, the page at the second, the form and the code at the third."""
        first, second, third = replicas
        self.register(first)
        code = self.send_form(self.see_page(self.begin(first), second), third)
        assert self.exchange(code, third).status_code == 200

    def ask(self, at: Replica, tool: str, token: str = "", **arguments: Any) -> httpx2.Response:
        """Call a tool with an access token: the latest by default."""
        meta = {"protocolVersion": VERSION, "clientInfo": {"name": "a", "version": "1"}, "clientCapabilities": {}}
        params = {
            "name": tool,
            "arguments": arguments,
            "_meta": {f"io.modelcontextprotocol/{name}": value for name, value in meta.items()},
        }
        headers = {
            "Authorization": f"Bearer {token or self.access}",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": VERSION,
            "Mcp-Method": "tools/call",
            "Mcp-Name": tool,
        }
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        return self._http.post(f"{at.url}/mcp", json=message, headers=headers)

    def _get_tokens(self, form: dict[str, str], at: Replica) -> httpx2.Response:
        reply = self._http.post(f"{at.url}/token", data={**form, "client_id": self.client_id})
        if reply.status_code == 200:
            told = reply.json()
            self.access, self.refresh = told["access_token"], told["refresh_token"]
        return reply

    def close(self) -> None:
        """Close the browser."""
        self._http.close()
