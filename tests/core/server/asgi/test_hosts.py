"""Requests name this server, and come from pages that may ask it."""

from typing import Any

import httpx
import pytest
from starlette.types import Message
from tests.core.server.asgi.bed import NETWORK, ask, scope_of, served, welcome

from portcall.errors import ConfigurationError
from portcall.server.asgi.allowed import AllowedHosts, AllowedOrigins, public_origin
from portcall.server.asgi.hosts import HostGuard
from portcall.settings.model import ServerSettings

pytestmark = pytest.mark.anyio


def guard(**settings: Any) -> HostGuard:
    server = ServerSettings(**settings)
    return HostGuard(welcome, hosts=AllowedHosts.of(server), origins=AllowedOrigins.of(server))


async def status(
    guarded: HostGuard,
    host: str,
    *,
    origin: str = "",
    path: str = "/mcp",
    server: tuple[str, int] | None = NETWORK,
) -> int:
    headers = [("host", host), *([("origin", origin)] if origin else [])]
    answer = await ask(guarded, scope_of(path=path, headers=headers, server=server))
    assert answer is not None
    return answer.status


def test_a_page_that_is_led_here_by_its_own_name_is_refused():
    """DNS rebinding: the browser believes to ask the page's own server, and says so."""
    with served(guard()) as (address, port):
        url = f"http://{address}:{port}/mcp"
        rebound = httpx.post(url, headers={"Host": f"evil.example:{port}"}, json={})
        assert rebound.status_code == 421
        assert "evil" not in rebound.text
        assert "server.allowed_hosts" in rebound.json()["error"]["hint"]
        assert httpx.post(url, json={}).status_code == 200


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:1", "LOCALHOST.", "127.0.0.1:8000", "[::1]:9", "127.8.9.1"]
)
async def test_this_machine_may_call_itself_by_its_loopback_names_alone(host: str):
    assert await status(guard(), host, server=("127.0.0.1", 8000)) == 200
    assert await status(guard(), host, server=("::ffff:127.0.0.1", 8000)) == 200
    assert await status(guard(), host, server=NETWORK) == 421
    assert await status(guard(), host, server=None) == 421


async def test_the_public_url_names_the_server_with_its_port_or_without_the_usual_one():
    guarded = guard(public_url="https://Portcall.corp.example/")
    assert await status(guarded, "portcall.corp.example") == 200
    assert await status(guarded, "portcall.corp.example:443") == 200
    assert await status(guarded, "portcall.corp.example:8443") == 421
    assert await status(guarded, "portcall.corp.example.evil.example") == 421
    assert await status(guard(public_url="https://x.example:8080"), "x.example:8080") == 200
    assert await status(guard(public_url="https://x.example:8080"), "x.example") == 421


async def test_other_hosts_are_allowed_by_pattern():
    guarded = guard(allowed_hosts=("portcall.internal", "*.corp.example:8443", "[fd00::1]", "10.1.2.3"))
    assert await status(guarded, "portcall.internal:8000") == 200
    assert await status(guarded, "a.b.corp.example:8443") == 200
    assert await status(guarded, "a.corp.example") == 421
    assert await status(guarded, "corp.example:8443") == 421
    assert await status(guarded, "[FD00:0::1]:80") == 200
    assert await status(guarded, "d.example") == 421
    assert await status(guarded, "10.1.2.3") == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_probes_ask_by_address(path: str):
    """Kubernetes and Prometheus know a pod by nothing else; a browser that is led astray names a name."""
    assert await status(guard(), "10.1.2.3:8000", path=path) == 200
    assert await status(guard(), "[2001:db8::1]", path=path) == 200
    assert await status(guard(), "evil.example", path=path) == 421
    assert await status(guard(), "10.1.2.3:8000", path=f"{path}/") == 421


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        ["localhost", "localhost"],
        ["localhost", "evil.example"],
        [""],
        ["local host"],
        ["a@localhost"],
        ["localhost:"],
        ["localhost:0"],
        ["localhost:65536"],
        ["localhost:80:80"],
        ["localhost/x"],
        ["localhost\n"],
        ["::1"],
        ["[::1"],
        ["[localhost]"],
        ["localhost\xe9"],
        ["localhost,evil.example"],
    ],
)
async def test_missing_repeated_and_malformed_hosts_are_no_requests(hosts: list[str]):
    answer = await ask(guard(), scope_of(headers=[("host", host) for host in hosts]))
    assert answer is not None
    assert answer.status == 400


@pytest.mark.parametrize(
    "origin",
    ["null", "http://evil.example", "https://localhost:8000", "http://localhost:8001", "localhost:8000", "x"],
)
async def test_other_pages_may_not_ask(origin: str):
    here = ("127.0.0.1", 8000)
    assert await status(guard(), "localhost:8000", origin=origin, server=here) == 403
    assert await status(guard(allowed_origins=("*",)), "localhost:8000", origin="null", server=here) == 403


async def test_own_pages_may_ask():
    guarded = guard(public_url="https://portcall.corp.example")
    assert await status(guarded, "portcall.corp.example", origin="https://portcall.corp.example") == 200
    assert await status(guarded, "portcall.corp.example", origin="https://portcall.corp.example:443") == 200
    assert await status(guarded, "portcall.corp.example", origin="http://portcall.corp.example") == 200
    assert await status(guarded, "portcall.corp.example:443", origin="http://portcall.corp.example") == 403
    assert await status(guard(), "localhost:80", origin="http://localhost", server=("127.0.0.1", 80)) == 200


async def test_two_origins_are_none():
    headers = [
        ("host", "localhost:8000"),
        ("origin", "http://localhost:8000"),
        ("origin", "http://localhost:8000"),
    ]
    answer = await ask(guard(), scope_of(headers=headers))
    assert answer is not None
    assert answer.status == 403


async def test_an_allowed_page_may_read_the_answer():
    guarded = guard(allowed_origins=("https://inspector.example", "http://localhost:*"))
    headers = [("host", "localhost:8000"), ("origin", "http://localhost:6274")]
    answer = await ask(guarded, scope_of(headers=headers))
    assert answer is not None
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "http://localhost:6274"
    assert answer.headers["vary"] == "Origin"
    assert {"www-authenticate", "mcp-session-id"} <= set(
        answer.headers["access-control-expose-headers"].lower().split(", ")
    )
    assert "access-control-allow-credentials" not in answer.headers


async def test_a_browser_is_told_what_an_allowed_page_may_send():
    asked = [
        ("host", "localhost:8000"),
        ("origin", "https://inspector.example"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization, mcp-param-image_name, x-evil, mcp-param-\r\nx: y"),
    ]
    preflight = scope_of("OPTIONS", headers=asked)
    answer = await ask(guard(allowed_origins=("https://*.example",)), preflight)
    assert answer is not None
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-methods"] == "POST, GET, DELETE"
    allowed = answer.headers["access-control-allow-headers"].split(", ")
    assert {"authorization", "mcp-session-id", "mcp-protocol-version", "mcp-method", "mcp-name"} <= set(allowed)
    assert "mcp-param-image_name" in allowed
    assert "x-evil" not in answer.headers["access-control-allow-headers"]
    assert "\n" not in answer.headers["access-control-allow-headers"]
    refused = await ask(guard(), preflight)
    assert refused is not None
    assert refused.status == 403
    assert "access-control-allow-origin" not in refused.headers


@pytest.mark.parametrize("path", ["/token", "/register", "/revoke", "/.well-known/oauth-protected-resource/mcp"])
async def test_oauth_clients_in_any_page_reach_what_answers_them(path: str):
    """The SDK allows it there itself: what counts is in the request, and never in a cookie."""
    host = "localhost:8000"
    assert await status(guard(), host, origin="https://x.example", path=path, server=("::1", 8000)) == 200
    assert await status(guard(), "evil.example", origin="https://x.example", path=path) == 421
    assert await status(guard(), host, origin="https://x.example", path="/authorize", server=("::1", 1)) == 403


@pytest.mark.parametrize(
    "url", ["portcall.example", "ftp://x.example", "https://", "https://u:p@x.example", "https://["]
)
def test_a_public_url_that_is_none_stops_the_start(url: str):
    with pytest.raises(ConfigurationError, match=r"server\.public_url"):
        public_origin(url)


@pytest.mark.parametrize("origin", ["inspector.example", "https://x.example/path", "null", "", "https://a b"])
def test_an_allowed_origin_that_is_none_stops_the_start(origin: str):
    with pytest.raises(ConfigurationError, match=r"server\.allowed_origins"):
        guard(allowed_origins=(origin,))


async def test_web_sockets_are_closed_at_once():
    sent = []

    async def send(message: Message) -> None:
        sent.append(message)

    await guard()({"type": "websocket", "path": "/mcp", "headers": []}, None, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]
