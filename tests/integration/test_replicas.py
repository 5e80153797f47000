"""Three replicas behind HAProxy, with one Redis: what clients notice when one of them goes, or Redis does."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.integration.replicas.catalogue import HOST, Shelf, fill
from tests.integration.replicas.deployment import Replica, replicas, shared_by
from tests.integration.replicas.load import Listener, Tally, load
from tests.testbed.haproxy import HAProxy
from tests.testbed.redis import RedisServer

from portcall.testing import FakeRegistry

pytestmark = pytest.mark.anyio

INTERVAL = 1.0
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
            await asyncio.sleep(1.5 * INTERVAL)

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
        by_kill, ended_before = tally.broken_since(killed), tally.streams["ended"]
        await asyncio.sleep(seconds)
        told_to_end = time.monotonic()
        took = await asyncio.to_thread(second.terminate)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(second.start)
        await asyncio.to_thread(whole.haproxy.wait_for, "replica2", "UP")
        await asyncio.sleep(seconds)
        by_end = tally.broken_since(told_to_end)
        await asyncio.gather(*(listener.one_more() for listener in listening))
    say(f"{tally}\n{Counter(whole.answered())}\nbroken by SIGKILL: {len(by_kill)} {set(by_kill)}\nby SIGTERM ({took:.1f} s): {by_end}")
    assert (tally.wrong, tally.refused, tally.lost) == ([], [], [])
    assert len(by_kill) <= clients
    assert by_end == []
    assert tally.streams["ended"] >= ended_before
    assert min(tally.right[kind] for kind in ("details", "manifest", "file", "tags", "checks", "page")) > 0
    assert tally.heard > 0
    assert {status for status, _, _ in whole.answered()} <= {200, 202, 502}
    assert "Traceback" not in whole.logs()
