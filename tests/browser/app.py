"""Programs that people connect to the server: each registers, sends its person to sign in, and waits for them."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata
from pydantic import AnyUrl
from tests.core.auth.signin.bed import Pkce
from tests.testbed.loopback import LoopbackHandler, LoopbackServer
from tests.testbed.oauth import Person

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.testbed.certificates import ServerCertificate
    from tests.testbed.team_server import TeamServer

#: Seconds after which an answer counts as missing.
PATIENCE = 15
STATE = "a state & more"


class Site(LoopbackServer):
    """A web server of somebody else's: the callback of an app, or a page that means ill.

    Args:
        certificate: For https; by default it speaks http.

    Attributes:
        pages: What it shows, as HTML by path; elsewhere it says that all is well.
        moved: Where else it sends people from a path.
        asked: Path and query of all that it was asked for.
    """

    def __init__(self, certificate: ServerCertificate | None = None) -> None:
        super().__init__(_Handler)
        self.scheme = "https" if certificate else "http"
        self.pages: dict[str, str] = {}
        self.moved: dict[str, str] = {}
        self.asked: list[str] = []
        self._tls: ssl.SSLContext | None = None
        if certificate:
            self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._tls.load_cert_chain(certificate.certificate, certificate.key)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; its handshake waits for the thread that serves it."""
        connection, address = super().get_request()
        if self._tls is None:
            return connection, address
        self._connections.discard(connection)
        wrapped = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self._connections.add(wrapped)
        return wrapped, address

    def at(self, path: str, host: str = "127.0.0.1") -> str:
        """Return a URL of it, under one of its names."""
        return f"{self.scheme}://{host}:{self.server_port}{path}"

    def answers(self, path: str) -> list[dict[str, str]]:
        """Return the queries with which people came to a path, in their order."""
        asked = [urlsplit(each) for each in tuple(self.asked)]
        return [dict(parse_qsl(each.query)) for each in asked if each.path == path]


class _Handler(LoopbackHandler):
    server: Site

    def do_GET(self) -> None:  # noqa: N802 -- http.server's name
        self.server.asked.append(self.path)
        path = urlsplit(self.path).path
        if path in self.server.moved:
            return self.answer(302, b"", {"Location": self.server.moved[path]})
        page = self.server.pages.get(path, "<!doctype html><title>App</title><h1>All is well</h1>")
        return self.answer(200, page.encode(), {"Content-Type": "text/html; charset=utf-8"})

    def do_POST(self) -> None:  # noqa: N802 -- http.server's name
        self.body()
        self.do_GET()


@dataclass
class App:
    """A program that registered itself.

    Attributes:
        server: Where.
        site: Where it waits.
        redirect_uri: What it registered.
        id: What it is called by the server.
    """

    server: TeamServer
    site: Site
    redirect_uri: str
    id: str
    pkce: Pkce = field(default_factory=Pkce)

    @classmethod
    async def registered(
        cls, server: TeamServer, site: Site, *, name: str = "Test App", redirect_uri: str | None = None
    ) -> Self:
        """Return an app of that name, at home on ``site``."""
        where = redirect_uri or site.at("/callback")
        asked = {"redirect_uris": [where], "token_endpoint_auth_method": "none", "client_name": name}
        async with _http() as http:
            reply = await http.post(f"{server.url}/register", json=asked)
        assert reply.status_code == 201, reply.text
        return cls(server, site, where, reply.json()["client_id"])

    @property
    def link(self) -> str:
        """Where it sends its person, by a browser: to ask for everything."""
        asked = {
            "client_id": self.id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "code_challenge": self.pkce.challenge,
            "code_challenge_method": "S256",
            "state": STATE,
            "scope": "read write",
            "resource": self.server.mcp,
        }
        return f"{self.server.url}/authorize?{urlencode(asked)}"

    @property
    def answers(self) -> list[dict[str, str]]:
        """What it was told, each time that somebody was sent back to it."""
        return self.site.answers(urlsplit(self.redirect_uri).path)

    async def tokens(self, code: str) -> dict[str, Any]:
        """Return what the server gives for a code."""
        form = {
            "grant_type": "authorization_code",
            "client_id": self.id,
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.pkce.verifier,
        }
        async with _http() as http:
            told: dict[str, Any] = (await http.post(f"{self.server.url}/token", data=form)).json()
        return told


class SdksApp(Person):
    """The SDK's own client, which knows the server's address alone; its person has a browser.

    Args:
        site: Where it waits.
        browser: Opens a URL, and returns when the person is through.
    """

    def __init__(self, site: Site, browser: Callable[[str], Awaitable[None]]) -> None:
        super().__init__("", "")
        self._site, self._browser = site, browser

    def auth(self, server: TeamServer) -> OAuthClientProvider:
        """Return what signs in whenever the server wants it, as httpx2 takes it."""
        metadata = OAuthClientMetadata(
            redirect_uris=[AnyUrl(self._site.at("/callback"))],
            client_name="The SDK's client",
            token_endpoint_auth_method="none",
        )
        return OAuthClientProvider(server.mcp, metadata, self, self._browser, self._answer)

    async def _answer(self) -> AuthorizationCodeResult:
        end = time.monotonic() + PATIENCE
        while not (told := self._site.answers("/callback")):
            assert time.monotonic() < end, "nobody came back"
            await asyncio.sleep(0.01)
        return AuthorizationCodeResult(code=told[0]["code"], state=told[0]["state"], iss=told[0]["iss"])


def _http() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(timeout=PATIENCE, trust_env=False)
