"""Three replicas behind HAProxy, with one Redis: what clients notice when one of them goes, or Redis does."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

import pytest
from mcp.client.client import Client
from mcp.client.subscriptions import SubscriptionLost
from tests.integration.replicas.catalogue import HOST, MOVING, TAGS, Shelf, fill
from tests.integration.replicas.deployment import Replica, replicas, shared_by
from tests.integration.replicas.load import Listener, load
from tests.testbed.haproxy import HAProxy
from tests.testbed.redis import RedisServer
from tests.testbed.team_server import connected

from portcall.testing import FakeRegistry

pytestmark = pytest.mark.anyio

#: Seconds between two looks at a tag that somebody listens for.
INTERVAL = 0.5
#: Clients, and the seconds of load between two things that happen.
SHORT = pytest.param(12, 1.0, id="short")
LONG = pytest.param(60, 15.0, id="long", marks=pytest.mark.slow)
_STATUS = re.compile(r"POST /mcp (\d+) \S+ \S+ (\S+) (\S+)")


@dataclass(slots=True)
class Site:
    """All of it."""

    replicas: list[Replica]
    haproxy: HAProxy
    redis: RedisServer
    registry: FakeRegistry
    shelves: list[Shelf]
    tokens: list[str]

    @property
    def mcp(self) -> str:
        """Where clients ask."""
        return f"{self.haproxy.url}/mcp"

    def answered(self) -> list[tuple[int, str, str]]:
        """Return each answered request: its status, how it ended, and at which replica."""
        return [(int(status), ended, where) for status, ended, where in _STATUS.findall(self.haproxy.log)]

    def logs(self) -> str:
        """Return what all replicas have logged."""
        return "".join(replica.log for replica in self.replicas)

    def mend(self) -> None:
        """Have everything run that may be down."""
        self.redis.go_on()
        for replica in self.replicas:
            if replica.server.process.poll() is not None:
                replica.start()
        for number in range(1, len(self.replicas) + 1):
            self.haproxy.wait_for(f"replica{number}", "UP")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("replicas")
    registry, tokens = FakeRegistry(), [f"pc_token-of-client-{number}" for number in range(60)]
    shelves = fill(registry, len(tokens))
    table = folder / "tokens"
    lines = [f"c{n} read sha256:{hashlib.sha256(each.encode()).hexdigest()}" for n, each in enumerate(tokens)]
    table.write_text("\n".join(lines))
    with registry.serve() as address, RedisServer(folder) as redis:
        environment = {
            "PORTCALL_AUTH__MODE": "token",
            "PORTCALL_AUTH__TOKENS_FILE": str(table),
            "PORTCALL_REGISTRIES": json.dumps({HOST: {"endpoint": address.url}}),
            "PORTCALL_SERVER__WATCH_INTERVAL": str(INTERVAL),
            **shared_by(redis),
        }
        with (
            replicas(folder, environment) as running,
            HAProxy(folder, [replica.port for replica in running]) as haproxy,
        ):
            yield Site(running, haproxy, redis, registry, shelves, tokens)


@pytest.fixture
def whole(site: Site) -> Site:
    """All of it, and all of it up."""
    site.mend()
    return site


@asynccontextmanager
async def moving(site: Site, listening: list[Listener]) -> AsyncIterator[None]:
    """Let the tags that are listened for move now and then."""

    async def move() -> None:
        for number in range(1, 1_000_000):
            for listener in listening:
                listener.shelf.move(site.registry, number)
            await asyncio.sleep(3 * INTERVAL)

    task = asyncio.create_task(move())
    try:
        yield
    finally:
        task.cancel()


@pytest.mark.parametrize(("clients", "seconds"), [SHORT, LONG])
async def test_replica_that_is_killed_and_one_that_is_restarted_cost_no_answer(
    whole: Site, clients: int, seconds: float, say: Callable[[str], None]
):
    """Killed: what it was answering is asked again. Restarted in order: no call notices, and streams are told."""
    first, second, _ = whole.replicas
    tokens, shelves = whole.tokens[:clients], whole.shelves[:clients]
    async with load(whole.mcp, tokens, shelves) as (tally, listening), moving(whole, listening):
        await asyncio.sleep(seconds)
        killed = time.monotonic()
        await asyncio.to_thread(first.kill)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(first.start)
        await asyncio.to_thread(whole.haproxy.wait_for, "replica1", "UP")
        by_kill = tally.broken_since(killed)
        await asyncio.sleep(seconds)
        told_to_end = time.monotonic()
        took = await asyncio.to_thread(second.terminate)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(second.start)
        await asyncio.to_thread(whole.haproxy.wait_for, "replica2", "UP")
        await asyncio.sleep(seconds)
        by_end = tally.broken_since(told_to_end)
        await asyncio.gather(*(listener.one_more() for listener in listening))
    say(f"{tally}\n{Counter(whole.answered())}\nbroken by SIGKILL: {len(by_kill)} {set(by_kill)}")
    say(f"broken by SIGTERM, which took {took:.1f} s: {by_end}")
    assert (tally.wrong, tally.refused, tally.lost) == ([], [], [])
    assert len(by_kill) <= clients
    assert by_end == []
    assert min(tally.right[kind] for kind in ("details", "manifest", "file", "tags", "checks", "page")) > 0
    assert tally.heard > 0
    assert {status for status, _, _ in whole.answered()} <= {200, 202, 502}
    assert "Traceback" not in whole.logs()


@pytest.mark.parametrize(("clients", "seconds"), [SHORT, LONG])
async def test_redis_that_is_restarted_and_comes_back_empty_costs_no_answer(
    whole: Site, clients: int, seconds: float, say: Callable[[str], None]
):
    """Without it each replica does by itself what it can: all of it, but for what replicas tell each other."""
    tokens, shelves = whole.tokens[:clients], whole.shelves[:clients]
    async with load(whole.mcp, tokens, shelves) as (tally, listening), moving(whole, listening):
        await asyncio.sleep(seconds)
        await asyncio.to_thread(whole.redis.stop)
        before = tally.right.total()
        await asyncio.sleep(seconds)
        degraded = [await asyncio.to_thread(replica.wait_until, "degraded") for replica in whole.replicas]
        health = [await asyncio.to_thread(replica.health) for replica in whole.replicas]
        seen = whole.haproxy.servers()
        without = tally.right.total() - before
        await asyncio.to_thread(whole.redis.start)
        recovered = [await asyncio.to_thread(replica.wait_until, "ok") for replica in whole.replicas]
        await asyncio.gather(*(listener.one_more() for listener in listening))
    say(f"{tally}; {without} right without Redis")
    say(f"degraded after {max(degraded):.1f} s, ok after {max(recovered):.1f} s")
    assert (tally.wrong, tally.refused, tally.broken, tally.lost) == ([], [], [], [])
    assert without > 0
    assert health == [(200, "degraded")] * 3
    assert {state for name, state in seen.items() if name.startswith("replica")} == {"UP"}
    assert "Traceback" not in whole.logs()


@asynccontextmanager
async def at_each(site: Site, place: int) -> AsyncIterator[list[Client]]:
    """Connect one caller to each of the replicas, past HAProxy."""
    async with AsyncExitStack() as stack:
        urls = [f"{replica.url}/mcp" for replica in site.replicas]
        yield [await stack.enter_async_context(connected(url, site.tokens[place])) for url in urls]


class Ear:
    """Listens at one replica, and keeps what it hears."""

    def __init__(self, client: Client, uri: str) -> None:
        self._client, self._uri = client, uri
        self._is_open = asyncio.Event()
        self._task = asyncio.create_task(self._listen())
        self.heard: list[str] = []

    async def _listen(self) -> None:
        with suppress(SubscriptionLost):  # its replica is killed
            async with self._client.listen(resource_subscriptions=[self._uri]) as events:
                self._is_open.set()
                async for event in events:
                    self.heard.append(event.uri)

    async def open(self) -> Ear:
        """Return it, once it listens."""
        async with asyncio.timeout(15):
            await self._is_open.wait()
        return self

    async def until(self, count: int) -> None:
        """Return once it has heard so much."""
        async with asyncio.timeout(15):
            while len(self.heard) < count:  # noqa: ASYNC110 - what is awaited is another task's state
                await asyncio.sleep(0.02)

    async def close(self) -> None:
        """Listen no more."""
        self._task.cancel()
        await asyncio.wait([self._task])


def looks(site: Site, shelf: Shelf) -> int:
    """Return how often the registry was asked where a tag points to."""
    return site.registry.count("manifest", method="HEAD", repository=shelf.path, reference=MOVING)


async def test_listeners_at_all_replicas_hear_each_move_once_and_one_replica_looks(whole: Site):
    """Whichever replica it is, and when it is killed, another goes on: who listens elsewhere does not notice."""
    shelf = whole.shelves[30]
    uri = f"docker://image/{shelf.name}/{MOVING}"
    async with at_each(whole, 30) as clients:
        ears = [await Ear(client, uri).open() for client in clients]
        before, began = looks(whole, shelf), time.monotonic()
        await asyncio.sleep(8 * INTERVAL)
        looked, intervals = looks(whole, shelf) - before, (time.monotonic() - began) / INTERVAL
        # The replica where somebody listened first is the one that looks.
        for moves, replica in enumerate([None, *whole.replicas[:2]], start=1):
            if replica is not None:
                await asyncio.to_thread(replica.kill)
            listening = ears[moves - 1 :]
            shelf.move(whole.registry, moves)
            await asyncio.gather(*(ear.until(moves) for ear in listening))
            await asyncio.sleep(3 * INTERVAL)
            assert [ear.heard for ear in listening] == [[uri] * moves] * len(listening)
        for ear in ears:
            await ear.close()
    assert 0.5 * intervals <= looked <= 1.3 * intervals


async def test_cursor_of_one_replica_is_good_at_another(whole: Site):
    shelf, found, cursor = whole.shelves[31], [], ""
    async with at_each(whole, 31) as clients:
        for place in range(4):
            arguments = {"image_name": shelf.name, "limit": 1, "cursor": cursor}
            answer = await clients[place % 3].call_tool("search_tags", arguments)
            assert answer.structured_content is not None
            found += [tag["name"] for tag in answer.structured_content["tags"]]
            cursor = answer.structured_content.get("next_cursor") or ""
    assert sorted(found) == sorted([*TAGS, MOVING])
    assert cursor == ""


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_conversation_is_not_bound_to_the_replica_that_it_began_at(whole: Site, mode: str):
    """Of either era: nothing of a client is kept between two of its requests."""
    shelf = whole.shelves[32]
    before = Counter(where for *_, where in whole.answered())
    askers: Counter[str] = Counter()
    async with connected(whole.mcp, whole.tokens[32], mode=mode) as client:
        for _ in range(20):  # on a busy machine the balancer may take a replica for dead for a while
            for tag in TAGS:
                arguments = {"image_name": f"{shelf.name}:{tag}"}
                answers = await asyncio.gather(*(client.call_tool("get_manifest", arguments) for _ in range(3)))
                for answer in answers:
                    assert answer.structured_content is not None
                    assert answer.structured_content["digest"] == shelf.image(tag).digest
            askers = Counter(where for *_, where in whole.answered()) - before
            if len(askers) > 1:
                break
    assert len(askers) > 1


async def test_whoever_heard_of_a_move_reads_the_new_image_at_any_replica(whole: Site):
    """Though that one had kept the old one ready: clients behind a balancer cannot choose whom they ask."""
    shelf = whole.shelves[33]
    uri = f"docker://image/{shelf.name}/moving"
    async with at_each(whole, 33) as clients:
        for client in clients:
            await client.read_resource(uri)
        ear = await Ear(clients[0], uri).open()
        digest = shelf.move(whole.registry, 1)
        await ear.until(1)
        pages = [(await client.read_resource(uri)).contents[0].text for client in clients]
        await ear.close()
    assert [digest in page for page in pages] == [True, True, True]
