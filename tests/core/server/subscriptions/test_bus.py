"""What goes between replicas, and what is made of what others write there."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp.server.subscriptions import PromptsListChanged, ResourceUpdated, ToolsListChanged
from tests.core.server.subscriptions.deployment import ADA, BOB, at_hand, eventually

from portcall.errors import UnreachableError
from portcall.seal import Seal
from portcall.server.subscriptions import CallerBus, LocalWire, RedisWire
from portcall.server.subscriptions.message import CHANNEL, MAX_BYTES, Envelope, Message
from portcall.settings.redis_location import RedisLocation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.testbed.redis import RedisServer

pytestmark = pytest.mark.anyio

SEAL = Seal(b"k" * 32)
ENVELOPE = Envelope(SEAL)
URI = "docker://image/nginx/1"
MOVED = Message(origin="elsewhere", kind="moved", partition="token:ada", uri=URI, state="sha256:1")


class Ends:
    """A bus, and what it hears for two callers."""

    def __init__(self, wire: Any) -> None:
        self.wire = wire
        self.bus = CallerBus(at_hand.get, lambda caller: caller.identity, wire, ENVELOPE)
        self.moved: list[tuple[str, str, str]] = []
        self.ada: list[Any] = []
        self.bob: list[Any] = []

    async def start(self) -> None:
        await self.bus.start(lambda *told: self.moved.append(told))
        for caller, heard in ((ADA, self.ada), (BOB, self.bob)):
            token = at_hand.set(caller)
            self.bus.subscribe(heard.append)
            at_hand.reset(token)


def wire_to(server: RedisServer) -> RedisWire:
    return RedisWire(RedisLocation("127.0.0.1", server.port))


@pytest.fixture
async def pair(redis_server: RedisServer) -> AsyncIterator[tuple[Ends, Ends]]:
    here, there = Ends(wire_to(redis_server)), Ends(wire_to(redis_server))
    for each in (here, there):
        await each.start()
    yield here, there
    for each in (here, there):
        await each.bus.aclose()


async def test_a_change_reaches_every_replica_once_and_only_whom_it_concerns(pair: tuple[Ends, Ends]):
    here, there = pair
    await here.bus.publish(ResourceUpdated(URI))
    await here.bus.publish(ToolsListChanged())
    await here.bus.announce("token:ada", URI, "sha256:1")
    await here.bus.publish(PromptsListChanged())
    await eventually(lambda: len(there.bob) == 2, "the last event")
    for each in pair:
        assert each.ada == [ResourceUpdated(URI), ToolsListChanged(), PromptsListChanged()]
        assert each.bob == [ToolsListChanged(), PromptsListChanged()]
    assert there.moved == [("token:ada", URI, "sha256:1")]
    assert here.moved == []  # it knows


async def test_what_somebody_else_writes_is_ignored(
    pair: tuple[Ends, Ends], redis_server: RedisServer, caplog: pytest.LogCaptureFixture
):
    here, _ = pair
    plain = MOVED.model_dump_json().encode()
    forged = [
        b"",
        b"\0",
        plain,
        json.dumps({"kind": "tools"}).encode(),
        Envelope(Seal(b"x" * 32)).close(MOVED),
        ENVELOPE.close(MOVED)[:-1],
        SEAL.close("another purpose", plain),
        SEAL.close(CHANNEL, b"not JSON"),
        SEAL.close(CHANNEL, b"[" * 4000),
        SEAL.close(CHANNEL, plain.replace(b'"moved"', b'"format"')),
        SEAL.close(CHANNEL, plain.replace(b'"state"', b'"states"')),
        SEAL.close(CHANNEL, plain + b" " * MAX_BYTES),
        b"x" * 1_000_000,
    ]
    with redis.Redis.from_url(redis_server.url) as client:
        for message in forged:
            assert client.publish(CHANNEL, message) == 2
        client.publish(CHANNEL, ENVELOPE.close(MOVED.model_copy(update={"state": "the last"})))
    await eventually(lambda: ("token:ada", URI, "the last") in here.moved, "the one that is ours")
    assert len(here.moved) == 1
    assert here.ada == here.bob == []
    assert not [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_message_opens_that_was_not_closed(data: bytes):
    assert ENVELOPE.open(data) is None


@settings(deadline=None)
@given(st.builds(
    Message,
    origin=st.just("a"),
    kind=st.just("moved"),
    uri=st.text(st.characters(exclude_categories=["Cs"]), max_size=1024),
    state=st.text(st.characters(exclude_categories=["Cs"]), max_size=256),
))  # fmt: skip
def test_every_message_that_can_be_made_can_be_sent(message: Message):
    sealed = ENVELOPE.close(message)
    assert len(sealed) <= MAX_BYTES
    assert ENVELOPE.open(sealed) == message


async def test_a_listener_that_fails_costs_the_others_nothing():
    ends = Ends(LocalWire())

    def fails(_: object) -> None:
        raise RuntimeError

    ends.bus.subscribe(fails)
    await ends.start()
    await ends.bus.publish(ToolsListChanged())
    assert ends.ada == ends.bob == [ToolsListChanged()]


async def test_a_listener_that_left_hears_nothing_and_may_leave_twice():
    bus, heard = CallerBus(at_hand.get, lambda caller: caller.identity, LocalWire(), ENVELOPE), []
    leave, stay = bus.subscribe(heard.append), bus.subscribe(heard.append)
    leave()
    leave()
    await bus.publish(ToolsListChanged())
    assert heard == [ToolsListChanged()]
    stay()
    assert bus.listeners == 0
    assert bus._listeners == {}


async def test_the_listeners_here_hear_though_redis_is_gone(
    own_redis: RedisServer, caplog: pytest.LogCaptureFixture
):
    here, there = Ends(wire_to(own_redis)), Ends(wire_to(own_redis))
    for each in (here, there):
        await each.start()
    own_redis.stop()
    for _ in range(3):
        await here.bus.publish(ToolsListChanged())
    assert len(here.ada) == 3
    assert [record.message for record in caplog.records].count("replicas_not_told") == 1
    with pytest.raises(UnreachableError):
        await here.wire.send(b"")
    own_redis.start()
    with redis.Redis.from_url(own_redis.url) as client:
        await eventually(lambda: client.pubsub_numsub(CHANNEL)[0][1] == 2, "both listen again")
    await here.bus.publish(ToolsListChanged())
    await eventually(lambda: there.ada, "the event")
    for each in (here, there):
        await each.bus.aclose()


async def test_a_server_that_falls_silent_is_left(own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch):
    """A connection that died without a word would else be waited on for ever."""
    monkeypatch.setattr("portcall.server.subscriptions.redis_wire.QUIET", 0.1)
    here = Ends(wire_to(own_redis))
    await here.start()
    with redis.Redis.from_url(own_redis.url) as client:
        await asyncio.sleep(0.5)  # quiet, and all is well
        assert client.info("stats")["total_connections_received"] == 2
        own_redis.hang()
        await asyncio.sleep(0.6)
        own_redis.go_on()
        await eventually(lambda: client.info("stats")["total_connections_received"] > 2, "a new connection")
    await here.bus.aclose()


async def test_it_ends_at_once_whatever_redis_does(own_redis: RedisServer):
    here = Ends(wire_to(own_redis))
    await here.start()
    own_redis.hang()
    async with asyncio.timeout(1):
        await here.bus.aclose()
    await here.bus.aclose()
