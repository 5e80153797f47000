"""Replicas that share a Redis: one looks, all hear, and nothing is lost with one of them, or with Redis."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import redis
from tests.core.server.subscriptions.deployment import (
    BOB,
    SHARED_INTERVAL,
    Replica,
    eventually,
    replica,
    uri_of,
)

from portcall.server.subscriptions import LocalWire
from portcall.state import open_state
from portcall.testing import quirks
from portcall.testing.auth import BasicAuth

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.core.server.subscriptions.conftest import MovingRegistry
    from tests.testbed.redis import RedisServer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def replicas(registry: MovingRegistry, redis_server: RedisServer) -> AsyncIterator[list[Replica]]:
    """Three replicas."""
    async with AsyncExitStack() as stack:
        starting = [replica(registry.address.url, redis_server) for _ in range(3)]
        yield [await stack.enter_async_context(each) for each in starting]


@asynccontextmanager
async def other_process(
    registry: MovingRegistry, server: RedisServer
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A replica in a process of its own, where somebody listens; it is the first to look."""
    module = "tests.core.server.subscriptions.other_process"
    where = (registry.address.url, str(server.port))
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, *where, stdout=PIPE)
    try:
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), 20) == b"listening\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        process._transport.close()  # type: ignore[attr-defined]


def looks(replicas: list[Replica]) -> list[int]:
    return [len(each.tags.asked) for each in replicas]


async def test_everybody_hears_once_and_one_replica_looks(replicas: list[Replica], registry: MovingRegistry):
    a, b, c = replicas
    async with a.listening(uri_of()) as at_a, b.listening(uri_of()) as at_b, c.listening(uri_of()) as at_c:
        assert looks(replicas) == [1, 1, 1]
        await asyncio.sleep(2.5 * SHARED_INTERVAL)
        *others, leader = sorted(looks(replicas))
        assert others == [1, 1]
        assert leader > 1
        for moves in (1, 2):
            registry.move()
            await asyncio.gather(at_a.until(moves), at_b.until(moves), at_c.until(moves))


async def test_what_a_replica_finds_when_a_client_comes_is_told_to_the_others(
    registry: MovingRegistry, redis_server: RedisServer
):
    url = registry.address.url
    async with (
        replica(url, redis_server, interval=30) as a,
        replica(url, redis_server, interval=30) as b,
        a.listening(uri_of()) as at_a,
    ):
        await asyncio.sleep(0.1)
        registry.move()
        async with b.listening(uri_of()) as at_b:
            await eventually(lambda: at_a.events, "the event")
            await asyncio.sleep(0.1)
            assert (at_a.events, at_b.events) == ([uri_of()], [])


async def test_an_old_note_is_settled_by_another_look_and_told_to_nobody(
    registry: MovingRegistry, redis_server: RedisServer
):
    """Which is newer, a note that others left or what the first client was let in with, nobody can tell."""
    url = registry.address.url
    async with replica(url, redis_server, interval=30) as a, replica(url, redis_server, interval=30) as b:
        async with b.listening(uri_of()):
            await asyncio.sleep(0.1)
        registry.move()
        async with a.listening(uri_of()) as at_a, b.listening(uri_of()) as at_b:
            await asyncio.sleep(0.3)
            assert at_a.events == at_b.events == []
            before, after = looks([a, b])
            assert before + after == 4  # what was written down last differs: one of them looks again


async def test_another_caller_hears_nothing_of_it_on_any_replica(
    replicas: list[Replica], registry: MovingRegistry
):
    a, b, _ = replicas
    registry.auth = BasicAuth({"ada": "ada-secret", "bob": "bob-secret"})
    async with a.listening(uri_of()) as ada, b.listening(uri_of(), caller=BOB) as bob:
        registry.auth = BasicAuth({"ada": "ada-secret"})
        registry.move()
        await ada.until(1)
        assert bob.events == []


async def test_a_replica_whose_last_client_leaves_lets_another_look(
    registry: MovingRegistry, redis_server: RedisServer
):
    """At once: its lease would last for 45 seconds."""
    url = registry.address.url
    async with replica(url, redis_server, interval=30) as slow, replica(url, redis_server) as other:
        first = asyncio.create_task(_listen_for_ever(slow))
        await eventually(lambda: slow.busy["tasks"], "the first poller")
        await asyncio.sleep(SHARED_INTERVAL)
        async with other.listening(uri_of()) as heard:
            await asyncio.sleep(2 * SHARED_INTERVAL)
            assert looks([slow, other]) == [1, 1], "the first one has the lease"
            first.cancel()
            await asyncio.wait([first])
            registry.move()
            await heard.until(1)


async def _listen_for_ever(server: Replica) -> None:
    async with server.listening(uri_of()):
        await asyncio.Event().wait()


async def test_a_replica_that_is_killed_is_replaced_and_no_move_is_lost(
    replicas: list[Replica], registry: MovingRegistry, redis_server: RedisServer
):
    a, b, _ = replicas
    async with (
        other_process(registry, redis_server) as process,
        a.listening(uri_of()) as at_a,
        b.listening(uri_of()) as at_b,
    ):
        await asyncio.sleep(2 * SHARED_INTERVAL)
        assert looks(replicas)[:2] == [1, 1]
        process.send_signal(signal.SIGKILL)
        registry.move()
        await asyncio.gather(at_a.until(1), at_b.until(1))
        assert sum(looks(replicas)) > 2


@pytest.mark.slow
async def test_a_replica_that_hangs_is_replaced_and_comes_back_without_a_fuss(
    replicas: list[Replica], registry: MovingRegistry, redis_server: RedisServer
):
    a, _, _ = replicas
    async with other_process(registry, redis_server) as process, a.listening(uri_of()) as at_a:
        os.kill(process.pid, signal.SIGSTOP)
        registry.move()
        await at_a.until(1)
        process.send_signal(signal.SIGCONT)
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), 5) == f"{uri_of()}\n".encode()
        await asyncio.sleep(3 * SHARED_INTERVAL)
        assert at_a.events == [uri_of()]


async def test_redis_may_stop_and_start_again(
    registry: MovingRegistry, own_redis: RedisServer, caplog: pytest.LogCaptureFixture
):
    """Each replica looks for itself meanwhile, and says so once."""
    url = registry.address.url
    async with (
        replica(url, own_redis) as a,
        replica(url, own_redis) as b,
        a.listening(uri_of()) as at_a,
        b.listening(uri_of()) as at_b,
    ):
        own_redis.stop()
        registry.move()
        await asyncio.gather(at_a.until(1), at_b.until(1))
        async with b.listening(uri_of("1.0")) as new:
            registry.move()
            await asyncio.gather(at_a.until(2), at_b.until(2), new.until(1))
        said = [record.message for record in caplog.records if record.name == "portcall.subscriptions"]
        assert said.count("watching_alone") == 2
        own_redis.start()
        before = sum(looks([a, b]))
        await asyncio.sleep(3 * SHARED_INTERVAL)
        registry.move()
        await asyncio.gather(at_a.until(3), at_b.until(3))
        assert sum(looks([a, b])) - before < 9  # one of them looks, not both


async def test_a_message_that_is_lost_costs_half_an_interval(registry: MovingRegistry, redis_server: RedisServer):
    class LossyWire(LocalWire):
        reaches_others = True

    url, server = registry.address.url, redis_server.url
    stores = [open_state(server), open_state(server)]
    async with (
        replica(url, store=stores[0], wire=LossyWire()) as a,
        replica(url, store=stores[1], wire=LossyWire()) as b,
        a.listening(uri_of()) as at_a,
        b.listening(uri_of()) as at_b,
    ):
        registry.move()
        await asyncio.gather(at_a.until(1), at_b.until(1))
        assert min(looks([a, b])) == 1
    for store in stores:
        await store.aclose()


async def test_a_replica_cut_off_from_the_registry_hears_from_one_that_is_not(
    replicas: list[Replica], registry: MovingRegistry
):
    """The one that is to look cannot; the other sees that nobody has seen anything for a while."""
    a, b, _ = replicas
    async with a.listening(uri_of()) as at_a, b.listening(uri_of()) as at_b:
        a.tags._url = "http://127.0.0.1:9"
        registry.move()
        await asyncio.gather(at_a.until(1), at_b.until(1))


async def test_processes_of_one_machine_share_the_looking_by_their_file(registry: MovingRegistry, tmp_path: Path):
    """They have no wire; what one sees the others find in the file."""
    store = open_state(f"sqlite://{tmp_path}/state.db")
    url = registry.address.url
    async with (
        replica(url, store=store, shared=True) as a,
        replica(url, store=store, shared=True) as b,
        a.listening(uri_of()) as at_a,
        b.listening(uri_of()) as at_b,
    ):
        registry.move()
        await asyncio.gather(at_a.until(1), at_b.until(1))
        assert min(looks([a, b])) == 1
    await store.aclose()


async def test_a_process_that_is_alone_writes_down_nothing_of_what_it_sees(
    registry: MovingRegistry, redis_server: RedisServer
):
    store = open_state(redis_server.url)
    async with replica(registry.address.url, store=store) as one, one.listening(uri_of()) as heard:
        registry.move()
        await heard.until(1)
        with redis.Redis.from_url(redis_server.url) as client:
            assert len(list(client.scan_iter())) == 1  # how many addresses the caller has
    await store.aclose()


async def test_an_outage_at_one_replica_is_no_move_at_another(replicas: list[Replica], registry: MovingRegistry):
    a, b, _ = replicas
    async with a.listening(uri_of()) as at_a, b.listening(uri_of()) as at_b:
        with registry.misbehaving(quirks.Answer(503)):
            await asyncio.sleep(2 * SHARED_INTERVAL)
        await asyncio.sleep(1.2 * SHARED_INTERVAL)
        assert at_a.events == at_b.events == []


async def test_redis_holds_nothing_that_could_be_read_and_nothing_for_ever(
    replicas: list[Replica], registry: MovingRegistry, redis_server: RedisServer
):
    a, b, _ = replicas
    with redis.Redis.from_url(redis_server.url) as client, client.pubsub() as tap:
        tap.subscribe("portcall:events:1")
        async with a.listening(uri_of()) as at_a, b.listening(uri_of()):
            before = registry.digest("team/api", "1.0")
            registry.move()
            await at_a.until(1)
            names = list(client.scan_iter())
            values = [client.zrange(name, 0, -1) if b":group:" in name else [client.get(name)] for name in names]
            assert len(names) == 3
            assert all(0 < client.pttl(name) <= 90_000 for name in names)
        messages = [each["data"] for each in iter(lambda: tap.get_message(timeout=0.05), None)]
    everything = b"".join([*names, *(value for each in values for value in each), *map(_bytes, messages)])
    for private in ("team/api", "registry.example", "ada", before, registry.digest("team/api", "1.0")):
        assert private.encode() not in everything
    await eventually(lambda: a.busy["tasks"] == b.busy["tasks"] == 0, "nothing left")
    with redis.Redis.from_url(redis_server.url) as client:
        assert len(list(client.scan_iter())) == 1  # what was seen last; it ends by itself


def _bytes(message: object) -> bytes:
    return message if isinstance(message, bytes) else b""
