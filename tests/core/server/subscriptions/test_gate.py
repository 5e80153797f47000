"""Who is let in to listen, for what, and what is said to those who are not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from mcp.client.client import Client
from mcp.server.mcpserver import MCPServer
from mcp.shared.exceptions import MCPError
from tests.core.server.subscriptions.deployment import (
    ADA,
    BOB,
    HOST,
    Replica,
    eventually,
    hearing,
    replica,
    uri_of,
)

from portcall.server.subscriptions.address import TEMPLATE
from portcall.state import open_state
from portcall.testing import quirks
from portcall.testing.auth import BasicAuth

if TYPE_CHECKING:
    from pathlib import Path

    from tests.core.server.subscriptions.conftest import MovingRegistry

    from portcall.caller import Caller

pytestmark = pytest.mark.anyio

INVALID_PARAMS, INTERNAL_ERROR = -32602, -32603
IDLE = {"listeners": 0, "watched": 0, "tasks": 0, "streams": 0, "addresses": 0}


async def refusal(server: Replica, *uris: str, caller: Caller = ADA) -> MCPError:
    """Return how a request is refused; it leaves nothing behind."""
    before = server.busy
    async with Client(server.server) as client:
        with pytest.raises(MCPError) as caught:
            async with hearing(client, *uris, caller=caller):
                pass
    await eventually(lambda: server.busy == before, "nothing left")
    return caught.value


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("docker://image/nginx", "invalid_argument: subscription 1: that is no address of an image."),
        ("docker://images/nginx", "invalid_argument: subscription 1: that is no address of an image."),
        ("docker://tags/nginx", "invalid_argument: subscription 1: that is no address of an image."),
        ("https://example.com/1.0", "invalid_argument: subscription 1: that is no address of an image."),
        ("docker://image/../../etc/1", "invalid_argument: subscription 1: that is no address of an image."),
        ("docker://image/a%00b/1", "invalid_argument: subscription 1: that is no address of an image."),
        (f"docker://image/{'a' * 2000}/1", "invalid_argument: subscription 1: that is no address of an image."),
        ("docker://image/Nginx/1", "invalid_argument: subscription 1: unexpected 'N'"),
        ("docker://image/nginx:1/2", "invalid_argument: subscription 1: the argument `tag` contradicts"),
        (f"docker://image/nginx/sha256:{'a' * 64}", "invalid_argument: subscription 1: an image by digest never"),
        (f"docker://image/a@sha256:{'a' * 64}/latest", "invalid_argument: subscription 1: an image by digest"),
        ("docker://image/elsewhere.example/a/1", "blocked: that registry is neither listed nor well known."),
    ],
)
async def test_what_cannot_be_listened_for_is_refused_unasked(alone: Replica, uri: str, told: str):
    error = await refusal(alone, uri)
    assert error.code == INVALID_PARAMS
    assert error.message.startswith(told)
    assert alone.tags.asked == []


async def test_the_refusal_says_which_and_repeats_nothing(alone: Replica):
    error = await refusal(alone, uri_of(), uri_of(), "docker://image/canary-secret")
    assert error.message.startswith("invalid_argument: subscription 2:")
    assert "canary" not in str(error)


async def test_what_is_not_there_is_refused(alone: Replica):
    error = await refusal(alone, uri_of("1.0"), uri_of("9.9"))
    assert error.code == INVALID_PARAMS
    assert error.message == f"not_found: {HOST}/team/api has no tag '9.9'. See its tags."


async def test_one_refusal_is_enough(alone: Replica, registry: MovingRegistry):
    """What is still being asked is not waited for, and not left running."""
    with registry.misbehaving(quirks.Stall(path="manifests/1.0")):
        async with asyncio.timeout(3):
            error = await refusal(alone, uri_of("1.0"), uri_of("9.9"))
        assert error.message.startswith("not_found")
        await eventually(lambda: not alone.tags.under_way, "the other look's end", 2)


@pytest.mark.parametrize(("status", "told"), [(401, "unauthorized: "), (403, "forbidden: ")])
async def test_whoever_may_not_see_a_tag_may_not_listen(
    alone: Replica, registry: MovingRegistry, status: int, told: str
):
    registry.add(quirks.Answer(status))
    error = await refusal(alone, uri_of())
    assert error.code == INVALID_PARAMS
    assert error.message.startswith(told)


async def test_an_outage_is_the_servers_fault(alone: Replica, registry: MovingRegistry):
    registry.add(quirks.Answer(503))
    error = await refusal(alone, uri_of())
    assert error.code == INTERNAL_ERROR
    assert error.message.startswith(f"upstream_error: {HOST} answers 503.")


async def test_each_callers_own_access_is_proved(alone: Replica, registry: MovingRegistry):
    """That somebody else listens already, and the digest is known, lets nobody in."""
    registry.auth = BasicAuth({"ada": "ada-secret"})
    async with alone.listening(uri_of()):
        assert (await refusal(alone, uri_of(), caller=BOB)).message.startswith("unauthorized")


async def test_a_token_that_may_not_read_may_not_listen(alone: Replica):
    for uris in ([uri_of()], []):
        error = await refusal(alone, *uris, caller=replace(ADA, scopes=frozenset()))
        assert error.code == INVALID_PARAMS
        assert error.message.startswith("forbidden: this token may not read.")
    assert alone.tags.asked == []


async def test_one_caller_listens_for_twenty_addresses_at_most(alone: Replica, registry: MovingRegistry):
    uris = [uri_of(f"{number}.0") for number in range(21)]
    for number in range(21):
        registry.move(f"{number}.0")
    assert "more than 20 subscriptions at once" in (await refusal(alone, *uris)).message
    assert alone.tags.asked == []
    async with alone.listening(*uris[:12]), alone.listening(*uris[10:20]) as last:
        alone.tags.asked.clear()
        error = await refusal(alone, uris[20])
        assert error.code == INVALID_PARAMS
        assert error.message.startswith("blocked: more than 20 subscriptions of one caller. Close a stream")
        assert not any(tag == "20.0" for _, tag in alone.tags.asked)
        async with alone.listening(uris[19]), alone.listening(uris[20], caller=BOB):
            registry.move("19.0")
            await last.until(1)
    await eventually(lambda: alone.busy == IDLE, "nothing left")
    async with alone.listening(uris[20]):
        pass


async def test_the_twenty_count_on_all_replicas_together(registry: MovingRegistry, tmp_path: Path):
    for number in range(21):
        registry.move(f"{number}.0")
    uris = [uri_of(f"{number}.0") for number in range(21)]
    store = open_state(f"sqlite://{tmp_path}/state.db")
    async with (
        replica(registry.address.url, store=store) as here,
        replica(registry.address.url, store=store) as there,
    ):
        async with here.listening(*uris[:20]):
            assert "more than 20 subscriptions of one caller" in (await refusal(there, uris[20])).message
            async with there.listening(*uris[:20]):  # a client that was dropped comes back to another replica
                pass
        await eventually(lambda: here.busy == IDLE, "nothing left")
        async with there.listening(uris[20]):
            pass
    await store.aclose()


async def test_one_caller_has_twenty_streams_at_most(alone: Replica):
    async with Client(alone.server) as client:
        listening = [client.listen(tools_list_changed=True) for _ in range(20)]
        for stream in listening:
            await stream.__aenter__()
        assert "more than 20 streams" in (await refusal(alone)).message
        async with alone.listening(caller=BOB):
            pass
        for stream in reversed(listening):
            await stream.__aexit__(None, None, None)
    await eventually(lambda: alone.busy == IDLE, "nothing left")


async def test_a_server_watches_no_more_than_it_can(alone: Replica, registry: MovingRegistry):
    registry.move("2.0")
    alone.subscriptions.watcher._at_most = 1
    async with alone.listening(uri_of()):
        error = await refusal(alone, uri_of("2.0"))
        assert error.message.startswith("rate_limited: this server watches as many tags as it can.")
        async with alone.listening(uri_of()):
            pass


async def test_a_server_that_ends_lets_nobody_in(alone: Replica):
    await alone.subscriptions.aclose()
    assert (await refusal(alone, uri_of())).message.startswith("rate_limited")


@pytest.mark.parametrize("params", [None, {}, {"notifications": {"resourceSubscriptions": [1]}}])
async def test_parameters_without_sense_are_refused_in_the_sdks_words(alone: Replica, params: Any):
    from mcp.server.context import ServerRequestContext

    async def never(_: ServerRequestContext[Any, Any]) -> None:
        pytest.fail("let through")

    context: Any = ServerRequestContext(
        session=None, lifespan_context=None, protocol_version="2026-07-28", method="subscriptions/listen",
        params=params, request_id=1,
    )  # fmt: skip
    with pytest.raises(ValueError, match="notifications"):
        await alone.subscriptions.gate(context, never)
    assert alone.busy == IDLE


async def test_everything_else_passes(alone: Replica):
    async with Client(alone.server) as client:
        assert (await client.list_tools()).tools == []


async def test_what_may_be_listened_for_is_what_is_served():
    from portcall.server.resources import add_resources

    server = MCPServer[Any]("test")
    add_resources(server, None, {"get_image_details"})  # type: ignore[arg-type]
    assert TEMPLATE in {each.uri_template for each in await server.list_resource_templates()}


@pytest.mark.slow
async def test_a_hanging_store_does_not_keep_a_client_waiting_for_each_address(
    registry: MovingRegistry, redis_server: Any
):
    for number in range(20):
        registry.move(f"{number}.0")
    uris = [uri_of(f"{number}.0") for number in range(20)]
    async with replica(registry.address.url, redis_server) as one:
        redis_server.hang()
        try:
            async with asyncio.timeout(5), one.listening(*uris):
                pass
        finally:
            redis_server.go_on()
