"""``portcall serve --transport http`` for a team: what its members see, and what others don't."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from mcp.shared.exceptions import MCPError
from tests.testbed.shell import Shell
from tests.testbed.stdio import error_of, text_of
from tests.testbed.team_server import TeamServer, connected, serving
from tests.testbed.third_party import install_plugin

from portcall.testing import FakeRegistry, image, layer

pytestmark = pytest.mark.anyio

READER, WRITER, EXPIRED = "pc_reader-of-everything", "pc_writer-of-everything", "pc_that-was-taken-away"
HOST = "registry.test"
SLOW = 1.5

PLUGIN = f'''\
"""A tool that changes something, and one that takes its time."""

import asyncio

from portcall.models import Answer
from portcall.plugin import PluginTool, hookimpl


class Done(Answer):
    what: str


async def acme_promote(portcall, image_name: str) -> Done:
    return Done(what="promoted")


async def acme_wait(portcall) -> Done:
    await asyncio.sleep({SLOW})
    return Done(what="waited")


@hookimpl
def portcall_tools():
    yield PluginTool("acme_promote", "Promote", "Promotes an image.", acme_promote, writes=True)
    yield PluginTool("acme_wait", "Wait", "Waits.", acme_wait)
'''


@pytest.fixture(scope="module")
def registry() -> Iterator[FakeRegistry]:
    registry = FakeRegistry()
    registry.push("team/api", image([layer({"etc/motd": "hello"})]), tags=["1.0"])
    with registry.serve():
        yield registry


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return Shell(tmp_path_factory.mktemp("team"))


@pytest.fixture(scope="module")
def environment(shell: Shell, registry: FakeRegistry) -> dict[str, str]:
    lines = [
        f"{name} {scopes} sha256:{hashlib.sha256(token.encode()).hexdigest()}"
        for name, scopes, token in (("ci", "read", READER), ("ops", "read,write", WRITER))
    ]
    tokens = shell.home / "tokens"
    tokens.write_text("\n".join(lines))
    return {
        "PYTHONPATH": str(install_plugin(shell.home / "plugins", "acme", PLUGIN)),
        "PORTCALL_AUTH__MODE": "token",
        "PORTCALL_AUTH__TOKENS_FILE": str(tokens),
        "PORTCALL_REGISTRIES": json.dumps({HOST: {"endpoint": registry.address.url}}),
    }


@pytest.fixture(scope="module")
def server(shell: Shell, environment: dict[str, str]) -> Iterator[TeamServer]:
    with serving(shell, "--allow-write", environment=environment) as server:
        yield server


async def posted(url: str, message: object, **headers: str) -> httpx2.Response:
    accept = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    async with httpx2.AsyncClient(timeout=10, trust_env=False) as client:
        return await client.post(url, json=message, headers=accept | headers)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_client_with_a_token_asks_about_an_image(server: TeamServer, mode: str):
    async with connected(server.mcp, READER, mode=mode) as client:
        answer = await client.call_tool("get_image_details", {"image_name": f"{HOST}/team/api:1.0"})
        page = await client.read_resource(f"docker://image/{HOST}/team/api/1.0")
    assert not answer.is_error
    assert text_of(answer).startswith(f"# {HOST}/team/api:1.0")
    assert page.contents[0].text == text_of(answer)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": f"Bearer {EXPIRED}"},
        {"Authorization": f"Basic {READER}"},
    ],
    ids=["nothing", "an empty one", "a stranger's", "not as a bearer"],
)
async def test_who_shows_no_good_token_is_told_nothing(server: TeamServer, headers: dict[str, str]):
    reply = await posted(server.mcp, {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, **headers)
    assert reply.status_code == 401
    assert reply.headers["www-authenticate"].startswith("Bearer")
    assert "tools" not in reply.text


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_tool_that_a_caller_may_not_use_is_hidden_and_refused(server: TeamServer, mode: str):
    async with connected(server.mcp, READER, mode=mode) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        if mode == "legacy":
            refused = error_of(await client.call_tool("acme_promote", {"image_name": "nginx"}))
            assert (refused["code"], "scope write" in refused["message"]) == ("forbidden", True)
        else:
            with pytest.raises((MCPError, httpx2.HTTPError)):
                await client.call_tool("acme_promote", {"image_name": "nginx"})
    assert "get_image_details" in names
    assert "acme_promote" not in names
    async with connected(server.mcp, WRITER, mode=mode) as client:
        (tool,) = [tool for tool in (await client.list_tools()).tools if tool.name == "acme_promote"]
        done = await client.call_tool("acme_promote", {"image_name": "nginx"})
    assert tool.annotations is not None
    assert (tool.annotations.read_only_hint, tool.annotations.destructive_hint) == (False, True)
    assert done.structured_content is not None
    assert done.structured_content["what"] == "promoted"


async def test_client_of_2026_is_told_which_scope_to_sign_in_for(server: TeamServer):
    headers = {
        "Authorization": f"Bearer {READER}",
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": "tools/call",
        "Mcp-Name": "acme_promote",
    }
    reply = await posted(server.mcp, {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}, **headers)
    assert reply.status_code == 403
    assert 'error="insufficient_scope", scope="read write"' in reply.headers["www-authenticate"]


async def test_tool_that_writes_is_not_there_unless_writing_is_allowed(shell: Shell, environment: dict[str, str]):
    with serving(shell, environment=environment, name="read-only") as server:
        async with connected(server.mcp, WRITER) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            refused = error_of(await client.call_tool("acme_promote", {"image_name": "nginx"}))
    assert "acme_wait" in names
    assert "acme_promote" not in names
    assert refused["code"] == "read_only"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "attacker.example"}, 421),
        ({"Origin": "https://attacker.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_page_that_rebinds_its_name_is_refused_even_with_a_token(
    server: TeamServer, headers: dict[str, str], status: int
):
    ask = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    reply = await posted(server.mcp, ask, **headers, Authorization=f"Bearer {READER}")
    assert reply.status_code == status


async def test_probe_by_get_is_answered_at_once(server: TeamServer):
    """The SDK would open a stream that is silent for ever."""
    async with httpx2.AsyncClient(timeout=2, headers={"Authorization": f"Bearer {READER}"}) as client:
        for method in ("GET", "DELETE"):
            reply = await client.request(method, server.mcp, headers={"Accept": "text/event-stream"})
            assert (reply.status_code, reply.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/mcp/", "/mcp%2f", "//mcp"])
async def test_other_spellings_of_the_address_lead_nowhere(server: TeamServer, path: str):
    """A redirect would name a host by the request's own word, and clients repeat their tokens there."""
    headers = {"Authorization": f"Bearer {READER}"}
    async with httpx2.AsyncClient(timeout=5, headers=headers, trust_env=False) as client:
        assert (await client.post(f"{server.url}{path}", json={})).status_code == 404


async def test_health_and_numbers_need_no_token_and_tell_no_names(server: TeamServer):
    async with connected(server.mcp, READER) as client:
        await client.call_tool("get_image_details", {"image_name": f"{HOST}/team/api:1.0"})
        await client.call_tool("get_image_details", {"image_name": "elsewhere.example/secret-project:1"})
    async with httpx2.AsyncClient(timeout=5) as client:
        assert (await client.get(f"{server.url}/healthz")).json() == {"status": "ok"}
        ready = (await client.get(f"{server.url}/readyz")).json()
        numbers = (await client.get(f"{server.url}/metrics")).text
    assert ready["status"] == "ok"
    assert 'portcall_tool_calls_total{outcome="ok",tool="get_image_details"}' in numbers
    assert f'portcall_upstream_requests_total{{registry="{HOST}"}}' in numbers
    assert "secret-project" not in numbers
    assert READER not in numbers


async def test_log_names_the_caller_and_holds_no_token(server: TeamServer):
    async with connected(server.mcp, READER) as client:
        await client.call_tool("get_image_details", {"image_name": f"{HOST}/team/api:1.0"})
    events = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    requests = [event for event in events if event["event"] == "http_request" and event["path"] == "/mcp"]
    calls = [event for event in events if event["event"] == "tool_called"]
    assert {event["caller"] for event in requests} >= {"ci"}
    assert {event["caller"] for event in calls} >= {"ci"}
    assert READER not in server.log.read_text()


async def listened(server: TeamServer, uri: str, begun: asyncio.Event) -> list[str]:
    """Listen until the server ends it, which is an orderly end: a stream that breaks raises."""
    heard = ["broken"]
    try:
        async with connected(server.mcp, READER) as client, client.listen(resource_subscriptions=[uri]) as events:
            begun.set()
            heard = [event.uri async for event in events]
    except* httpx2.ConnectError:
        pass  # the SDK's client takes leave of a server that has gone
    return heard


async def test_sigterm_lets_calls_in_flight_finish_and_streams_end(shell: Shell, environment: dict[str, str]):
    """A stream that listens would keep the server for ever; it ends with the result that says so."""
    with serving(shell, environment=environment, name="ending") as server:
        begun = asyncio.Event()
        listener = asyncio.create_task(listened(server, f"docker://image/{HOST}/team/api/1.0", begun))
        async with connected(server.mcp, READER) as client:
            await client.list_tools()  # else the SDK's client asks for the answer's schema after it has it
            await begun.wait()
            call = asyncio.create_task(client.call_tool("acme_wait", {}))
            await asyncio.sleep(SLOW / 3)
            ended = asyncio.create_task(asyncio.to_thread(server.end))
            answer = await call
        assert await listener == []
        seconds = await ended
    assert answer.structured_content is not None
    assert answer.structured_content["what"] == "waited"
    assert seconds < 5
    assert server.process.returncode == 0
    assert "Traceback" not in server.log.read_text()


def test_nobody_is_let_in_from_elsewhere_without_authentication(shell: Shell):
    """Fails closed: what is reached beyond this machine has callers, or the operator's word for it."""
    refused = shell.portcall("serve", "--transport", "http", "--host", "0.0.0.0", "--port", "0")
    assert refused.status == 2
    assert "without authentication" in refused.err
    assert "--allow-unauthenticated" in refused.err


def test_doctor_looks_at_the_server_that_is_configured(shell: Shell, environment: dict[str, str]):
    fine = shell.portcall("doctor", HOST, environment=environment)
    assert "ok: `auth.mode token`: can be served" in fine.out
    missing = {**environment, "PORTCALL_AUTH__TOKENS_FILE": str(shell.home / "nowhere")}
    wrong = shell.portcall("doctor", HOST, environment=missing)
    assert wrong.status == 1
    assert "**problem**: `auth.mode token`" in wrong.out
    assert "nowhere" in wrong.out


def test_token_that_would_let_nobody_in_is_a_mistake(shell: Shell):
    both = {"PORTCALL_AUTH__MODE": "jwt", "PORTCALL_AUTH_TOKEN": "a-token-of-some-length"}
    refused = shell.portcall("serve", "--transport", "http", "--port", "0", environment=both)
    assert refused.status == 2
    assert "PORTCALL_AUTH_TOKEN is set" in refused.err
    assert "a-token-of-some-length" not in refused.err


async def test_tag_that_moves_is_heard_of(shell: Shell, environment: dict[str, str], registry: FakeRegistry):
    fast = {**environment, "PORTCALL_SERVER__WATCH_INTERVAL": "0.2"}
    registry.push("team/api", image([layer({"etc/motd": "one"})]), tags=["moving"])
    with serving(shell, environment=fast, name="watching") as server:
        async with connected(server.mcp, READER) as client:
            uri = f"docker://image/{HOST}/team/api/moving"
            async with client.listen(resource_subscriptions=[uri]) as events:
                digest = registry.push("team/api", image([layer({"etc/motd": "two"})]), tags=["moving"])
                started = time.monotonic()
                event = await asyncio.wait_for(anext(aiter(events)), 5)
                page = await client.read_resource(uri)
    assert event.uri == uri
    assert digest in page.contents[0].text
    assert time.monotonic() - started < 5


def test_log_and_home_hold_no_state_where_nobody_signs_in(shell: Shell, server: TeamServer):
    """Mode ``token`` keeps nothing: no file appears that an operator would have to mount."""
    names = {path.name for path in Path(shell.home).rglob("*") if path.is_file()}
    assert not [name for name in names if name.endswith((".db", ".key"))]
