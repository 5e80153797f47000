"""Listening for a tag: what a client hears, and what it costs the server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from mcp.client.client import Client
from mcp.client.subscriptions import SubscriptionLost
from mcp.server.subscriptions import ResourceUpdated, ToolsListChanged
from tests.core.server.subscriptions.deployment import (
    BOB,
    INTERVAL,
    Replica,
    eventually,
    hearing,
    replica,
    uri_of,
)

from portcall.errors import UnauthorizedError, UnreachableError
from portcall.testing import quirks
from portcall.testing.auth import BasicAuth

if TYPE_CHECKING:
    from tests.core.server.subscriptions.conftest import MovingRegistry

pytestmark = pytest.mark.anyio

IDLE = {"listeners": 0, "watched": 0, "tasks": 0, "streams": 0, "addresses": 0}


async def test_whoever_listens_hears_once_when_the_tag_moves(alone: Replica, registry: MovingRegistry):
    async with alone.listening(uri_of()) as heard:
        await asyncio.sleep(2 * INTERVAL)
        assert heard.events == []
        registry.move()
        await heard.until(1)
        registry.move()
        await heard.until(2)
    assert heard.events == [uri_of(), uri_of()]


async def test_a_tag_that_goes_and_one_that_comes_back_have_moved(alone: Replica, registry: MovingRegistry):
    async with alone.listening(uri_of()) as heard:
        registry.delete_tag("team/api", "1.0")
        await heard.until(1)
        registry.move()
        await heard.until(2)


async def test_an_address_is_heard_as_the_client_wrote_it(alone: Replica, registry: MovingRegistry):
    encoded = "docker://image/registry.example%2Fteam%2Fapi/1.0"
    async with alone.listening(uri_of(), encoded) as heard:
        registry.move()
        await heard.until(2)
    assert sorted(heard.events) == sorted([uri_of(), encoded])


async def test_an_outage_is_no_move(alone: Replica, registry: MovingRegistry):
    async with alone.listening(uri_of()) as heard:
        with registry.misbehaving(quirks.Answer(503)):
            await asyncio.sleep(3 * INTERVAL)
            assert registry.fired(quirks.Answer)
        await asyncio.sleep(2 * INTERVAL)
        assert heard.events == []
        with registry.misbehaving(quirks.Answer(503)):
            await asyncio.sleep(2 * INTERVAL)
            registry.move()
        await heard.until(1)


async def test_a_registry_in_trouble_is_asked_more_and_more_seldom(alone: Replica, registry: MovingRegistry):
    async with alone.listening(uri_of()):
        with registry.misbehaving(quirks.Answer(503)):
            await asyncio.sleep(8 * INTERVAL)
            assert 1 <= registry.fired(quirks.Answer) <= 4


async def test_a_registry_that_asks_for_a_pause_gets_it(alone: Replica, registry: MovingRegistry):
    async with alone.listening(uri_of()):
        with registry.misbehaving(quirks.Answer(429, retry_after=60)):
            await asyncio.sleep(6 * INTERVAL)
            assert registry.fired(quirks.Answer) == 1


async def test_streams_of_one_caller_share_the_looking(alone: Replica, registry: MovingRegistry):
    async with alone.listening(uri_of()) as one, alone.listening(uri_of()) as two:
        assert alone.busy == {"listeners": 2, "watched": 1, "tasks": 1, "streams": 2, "addresses": 1}
        registry.move()
        await one.until(1)
        await two.until(1)
        async with alone.listening(uri_of()):
            pass
        await eventually(lambda: alone.busy["streams"] == 2, "the third stream's end")
        assert alone.busy == {"listeners": 2, "watched": 1, "tasks": 1, "streams": 2, "addresses": 1}


async def test_another_caller_hears_nothing_of_it(alone: Replica, registry: MovingRegistry):
    """Bob lost access after he was let in; that Ada still sees the tag move is none of his business."""
    registry.auth = BasicAuth({"ada": "ada-secret", "bob": "bob-secret"})
    async with alone.listening(uri_of()) as ada, alone.listening(uri_of(), caller=BOB) as bob:
        assert alone.busy["watched"] == 2
        registry.auth = BasicAuth({"ada": "ada-secret"})
        registry.move()
        await ada.until(1)
        assert bob.events == []


async def test_each_tag_is_looked_at_as_the_caller_who_listens(alone: Replica, registry: MovingRegistry):
    registry.auth = BasicAuth({"ada": "ada-secret", "bob": "bob-secret"})
    registry.move("2.0")
    async with alone.listening(uri_of("1.0")), alone.listening(uri_of("2.0"), caller=BOB):
        await asyncio.sleep(2 * INTERVAL)
    assert set(alone.tags.asked) == {("ada", "1.0"), ("bob", "2.0")}


async def test_whoever_lost_access_is_told_rather_than_left_waiting(alone: Replica, registry: MovingRegistry):
    registry.auth = BasicAuth({"ada": "ada-secret"})
    async with alone.listening(uri_of()) as heard:
        registry.auth = BasicAuth({})
        await eventually(lambda: heard.end, "the stream's end")
    assert isinstance(heard.end, SubscriptionLost)
    assert "unauthorized: registry.example refuses the credentials." in str(heard.end.__cause__)
    assert heard.events == []
    await eventually(lambda: alone.busy == IDLE, "nothing left")


async def test_one_refusal_may_be_a_mistake(alone: Replica, registry: MovingRegistry):
    async with alone.listening(uri_of()) as heard:
        registry.add(quirks.Answer(401, times=2))
        await eventually(lambda: registry.fired(quirks.Answer) == 2, "two refusals")
        registry.move()
        await heard.until(1)


async def test_a_move_while_a_stream_opens_is_not_lost(alone: Replica, registry: MovingRegistry):
    """Its own look is the older one; the tag moves, and a stream that is there already hears of it, before the
    new one is."""
    registry.move("2.0")
    async with Client(alone.server) as client, hearing(client, uri_of("1.0")) as early:
        slow = quirks.Latency(4 * INTERVAL, path="manifests/2.0")
        with registry.misbehaving(slow):
            opening = asyncio.create_task(_first_event(client, uri_of("1.0"), uri_of("2.0")))
            await eventually(lambda: ("ada", "2.0") in alone.tags.asked, "the second proof under way")
            await asyncio.sleep(INTERVAL / 4)
            registry.move("1.0")
            await early.until(1)
        assert await opening == uri_of("1.0")


async def _first_event(client: Client, *uris: str) -> str:
    async with client.listen(resource_subscriptions=uris) as subscription, asyncio.timeout(3):
        return getattr(await anext(subscription), "uri", "")


async def test_a_move_that_a_new_stream_finds_is_told_to_the_older_ones(registry: MovingRegistry):
    async with replica(registry.address.url, interval=60) as lazy, lazy.listening(uri_of()) as early:
        registry.move()
        async with lazy.listening(uri_of()) as late:
            await eventually(lambda: early.events, "the older stream's event")
            assert late.events == []


async def test_closed_streams_leave_nothing_behind(alone: Replica, registry: MovingRegistry):
    for _ in range(3):
        async with alone.listening(uri_of()), alone.listening(uri_of(), caller=BOB):
            assert alone.busy["watched"] == 2
        await eventually(lambda: alone.busy == IDLE, "nothing left")
    assert alone.subscriptions.quota._addresses == {}
    asked = len(alone.tags.asked)
    await asyncio.sleep(2 * INTERVAL)
    assert len(alone.tags.asked) == asked


async def test_a_client_that_leaves_before_it_is_let_in_leaves_nothing_behind(
    alone: Replica, registry: MovingRegistry
):
    async with Client(alone.server) as client:
        with registry.misbehaving(quirks.Stall()):
            opening = asyncio.create_task(_first_event(client, uri_of()))
            await eventually(lambda: alone.tags.under_way, "the proof under way")
            opening.cancel()
            await asyncio.wait([opening])
            await eventually(lambda: alone.busy == IDLE and not alone.tags.under_way, "nothing left")


async def test_the_end_comes_at_once_though_a_registry_hangs(registry: MovingRegistry):
    loop = asyncio.get_running_loop()
    async with replica(registry.address.url) as one, Client(one.server) as client, hearing(client, uri_of()):
        with registry.misbehaving(quirks.Stall()):
            await eventually(lambda: one.tags.under_way, "a look that hangs")
            began = loop.time()
            await one.subscriptions.aclose()
            assert loop.time() - began < 1
            assert one.busy["tasks"] == 0


async def test_looks_are_spread_and_few_at_a_time(alone: Replica, registry: MovingRegistry):
    tags = [f"{number}.0" for number in range(20)]
    for tag in tags:
        registry.move(tag)
    with registry.misbehaving(quirks.Latency(0.1)):
        async with alone.listening(*map(uri_of, tags)), alone.listening(*map(uri_of, tags), caller=BOB):
            alone.tags.peak = 0
            await asyncio.sleep(3 * INTERVAL)
            assert 1 < alone.tags.peak <= 16


@pytest.mark.parametrize("lost", [True, False])
async def test_a_stream_lasts_as_long_as_its_callers_token(registry: MovingRegistry, *, lost: bool):
    """What the server says of the token counts; that it cannot say is no reason to end anything."""
    problems: list[Exception] = []

    async def recheck() -> None:
        if problems:
            raise problems[0]

    async with replica(registry.address.url, recheck=recheck) as one, one.listening(uri_of()) as heard:
        await asyncio.sleep(0.3)
        assert heard.end is None
        problems.append(UnauthorizedError("revoked") if lost else UnreachableError("the issuer is down"))
        await asyncio.sleep(0.3)
        assert isinstance(heard.end, SubscriptionLost) is lost


async def test_a_change_of_lists_is_for_everybody_and_that_of_a_resource_for_its_caller(alone: Replica):
    bus = alone.subscriptions.bus
    async with (
        Client(alone.server) as client,
        hearing(client, uri_of(), lists=True) as ada,
        hearing(client, uri_of(), lists=True, caller=BOB) as bob,
    ):
        await bus.publish(ResourceUpdated(uri_of()))  # the caller at hand is Ada
        await bus.publish(ToolsListChanged())
        await ada.until(2)
        await bob.until(1)
    assert ada.events == [uri_of(), "ToolsListChanged"]
    assert bob.events == ["ToolsListChanged"]
