"""A client, a person with a browser, and the server between them: what the tests of signing in are made of."""

from __future__ import annotations

import base64
import hashlib
import secrets
import ssl
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend, RequireAuthMiddleware
from mcp.server.auth.provider import ProviderTokenVerifier
from mcp.server.auth.routes import create_protected_resource_routes
from pydantic import AnyHttpUrl, ConfigDict, TypeAdapter
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from tests.testbed.scriptless import Page

from portcall.auth.signin import DockerHubProvider, HubAccounts, authorization_routes
from portcall.errors import UnauthorizedError, UnreachableError, UpstreamError
from portcall.http.upstream import Credentials
from portcall.seal import Seal
from portcall.state.store import StateStore

ADA = ("ada", "dckr_pat_ada0000000000000000000000")
ISSUER = "http://127.0.0.1:8000"
#: A private-use scheme that the operator has listed.
SCHEME = "com.example.app"
CALLBACK = "https://client.example/callback"
ON_THIS_DEVICE = "http://127.0.0.1:1234/callback"


class HubOverHttp:
    """The accounts of Docker Hub's double, by its REST API."""

    def __init__(self, api: str) -> None:
        self._api = api
        # Without TLS, whose certificates take longer to load than all of the rest.
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    async def check(self, credentials: Credentials) -> str:
        name = credentials.username.lower()
        body = {"identifier": name, "secret": credentials.secret}
        try:
            async with httpx.AsyncClient(trust_env=False, verify=self._tls) as client:
                reply = await client.post(f"{self._api}/v2/auth/token", json=body)
        except httpx.HTTPError:
            raise UnreachableError("hub.docker.com does not answer") from None
        if reply.status_code == 200:
            return name
        if reply.status_code in {400, 401}:
            raise UnauthorizedError("Docker Hub refuses this login")
        raise UpstreamError(f"hub.docker.com answers {reply.status_code}")


@dataclass(frozen=True)
class Pkce:
    """A verifier and its challenge."""

    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).decode().rstrip("=")


@dataclass
class Registered:
    """A client of ours, with what it asks for."""

    id: str
    secret: str | None = None
    redirect_uri: str = CALLBACK
    pkce: Pkce = field(default_factory=Pkce)


@dataclass
class Bed:
    """The server, and everything that its visitors do.

    Attributes:
        url: The issuer.
        provider: What is tested.
        app: What answers.
        http: A client program's HTTP, without cookies that matter.
    """

    url: str
    provider: DockerHubProvider
    app: Starlette
    http: httpx.AsyncClient

    @property
    def resource(self) -> str:
        return f"{self.url}/mcp"

    def browser(self, address: str = "203.0.113.7") -> httpx.AsyncClient:
        """Return a new browser, without cookies, at an address."""
        return _client(self.app, self.url, address)

    # What clients do

    async def try_to_register(self, **metadata: Any) -> httpx.Response:
        asked = {
            "redirect_uris": [CALLBACK],
            "token_endpoint_auth_method": "none",
            "client_name": "Test Client",
            **metadata,
        }
        return await self.http.post("/register", json=asked)

    async def register(self, **metadata: Any) -> Registered:
        reply = await self.try_to_register(**metadata)
        assert reply.status_code == 201, reply.text
        told = reply.json()
        return Registered(told["client_id"], told.get("client_secret"), told["redirect_uris"][0])

    async def authorize(self, client: Registered, **changed: str | None) -> httpx.Response:
        asked = {
            "client_id": client.id,
            "redirect_uri": client.redirect_uri,
            "response_type": "code",
            "code_challenge": client.pkce.challenge,
            "code_challenge_method": "S256",
            "state": "state-1",
            "scope": "read write",
            "resource": self.resource,
            **changed,
        }
        return await self.http.get("/authorize", params={k: v for k, v in asked.items() if v is not None})

    async def begin(self, client: Registered, **changed: str | None) -> str:
        """Return the path of the page that a client sends a person to."""
        reply = await self.authorize(client, **changed)
        assert reply.status_code == 302, reply.text
        where = reply.headers["location"]
        assert where.startswith(f"{self.url}/signin?ticket=")
        return where.removeprefix(self.url)

    async def exchange(self, client: Registered, code: str, **changed: str | None) -> httpx.Response:
        asked = {"code": code, "redirect_uri": client.redirect_uri, "code_verifier": client.pkce.verifier}
        return await self._token(client, "authorization_code", {**asked, **changed})

    async def refresh(self, client: Registered, token: str, **changed: str | None) -> httpx.Response:
        return await self._token(client, "refresh_token", {"refresh_token": token, **changed})

    async def revoke(self, client: Registered, token: str) -> httpx.Response:
        return await self.http.post("/revoke", data={"client_id": client.id, "token": token})

    async def _token(self, client: Registered, kind: str, fields: dict[str, str | None]) -> httpx.Response:
        asked = {"grant_type": kind, "client_id": client.id, "client_secret": client.secret, **fields}
        return await self.http.post("/token", data={k: v for k, v in asked.items() if v is not None})

    async def whoami(self, token: str) -> httpx.Response:
        """Ask something that needs a token."""
        return await self.http.get("/mcp", headers={"Authorization": f"Bearer {token}"})

    # What people do

    async def open(self, browser: httpx.AsyncClient, path: str) -> Page:
        reply = await browser.get(path)
        assert reply.status_code == 200, reply.text
        return Page.read(reply.text)

    async def send(
        self, browser: httpx.AsyncClient, page: Page, login: tuple[str, str] = ADA, **changed: Any
    ) -> httpx.Response:
        username, password = login
        fields = {**page.hidden, "username": username, "password": password, "decision": "allow", **changed}
        headers = changed.pop("headers", {"Origin": self.url, "Sec-Fetch-Site": "same-origin"})
        fields.pop("headers", None)
        return await browser.post("/signin", data=fields, headers=headers)

    # All of it

    async def code(self, client: Registered, login: tuple[str, str] = ADA, **changed: Any) -> str:
        """Return the code that a client is sent when somebody says yes."""
        path = await self.begin(client)
        async with self.browser() as browser:
            reply = await self.send(browser, await self.open(browser, path), login, **changed)
        assert reply.status_code == 200, reply.text
        return answered(reply)["code"]

    async def sign_in(self, client: Registered, login: tuple[str, str] = ADA, **changed: Any) -> dict[str, Any]:
        """Return the tokens that come of it; ``scope=["write"]`` ticks a box."""
        reply = await self.exchange(client, await self.code(client, login, **changed))
        assert reply.status_code == 200, reply.text
        tokens: dict[str, Any] = reply.json()
        return tokens


def sent_to(reply: httpx.Response) -> str:
    """Return where a page sends its browser by itself; to nowhere, and to nowhere else, by a header."""
    assert not {"location", "refresh"} & reply.headers.keys()
    url = Page.read(reply.text).leads_to
    assert url
    return url


def answered(reply: httpx.Response) -> dict[str, str]:
    """Return what the client is told by that."""
    return {name: values[0] for name, values in parse_qs(urlsplit(sent_to(reply)).query).items()}


async def _whoami(request: Request) -> JSONResponse:
    caller = request.user.access_token.caller
    login = caller.logins["docker.io"]
    return JSONResponse(
        {
            "identity": caller.identity,
            "name": caller.name,
            "scopes": sorted(caller.scopes),
            "secret": hashlib.sha256(login.secret.encode()).hexdigest(),
            "source": login.source,
        }
    )


def application(provider: DockerHubProvider) -> Starlette:
    """Return the authorization server, and one resource behind the SDK's own check of tokens."""
    resource = AnyHttpUrl(provider.resource)
    # Letter by letter as in the other document: `AnyHttpUrl(…)` itself would add a slash.
    issuer = TypeAdapter(AnyHttpUrl, config=ConfigDict(url_preserve_empty_path=True)).validate_python(
        provider.issuer
    )
    protected = RequireAuthMiddleware(Route("/mcp", _whoami).app, ["read"])
    return Starlette(
        routes=[
            *authorization_routes(provider),
            *create_protected_resource_routes(resource, [issuer], list(provider.scopes)),
            Route("/mcp", protected, methods=["GET"]),
        ],
        middleware=[
            Middleware(
                AuthenticationMiddleware,
                backend=BearerAuthBackend(ProviderTokenVerifier(provider), resource_server_url=resource),
            )
        ],
    )


@asynccontextmanager
async def serving(
    store: StateStore,
    seal: Seal,
    accounts: HubAccounts,
    *,
    clock: Callable[[], float],
    scopes: Iterable[str],
    redirect_schemes: Iterable[str] = (SCHEME,),
    issuer: str = ISSUER,
) -> AsyncIterator[Bed]:
    """Answer while the ``with`` block lasts, without a network: that is tested where all is put together."""
    provider = DockerHubProvider(
        store,
        seal,
        accounts,
        issuer=issuer,
        resource=f"{issuer}/mcp",
        scopes=scopes,
        redirect_schemes=redirect_schemes,
        clock=clock,
    )
    app = application(provider)
    async with _client(app, issuer, "127.0.0.1") as http:
        yield Bed(issuer, provider, app, http)


def _client(app: Starlette, url: str, address: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(address, 40_000)), base_url=url)
