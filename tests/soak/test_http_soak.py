"""Two hundred clients of one server for ten minutes: nobody is told anything wrong, and nothing piles up in it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
from typing import TYPE_CHECKING

import httpx2
import pytest
from tests.integration.replicas.catalogue import HOST, fill
from tests.integration.replicas.load import load
from tests.soak.rude import Rude
from tests.soak.server_watch import ServerWatch, open_files
from tests.testbed.team_server import TeamServer, serving

from portcall.testing import FakeRegistry

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.testbed.shell import Shell

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

CLIENTS = 200
#: Others, of each kind: those who hang up, and those who listen for a moment.
RUDE = 10
#: Seconds; fewer for whoever wants to see it sooner.
SECONDS = float(os.environ.get("PORTCALL_SOAK_SECONDS", "600"))
#: Seconds at most that a client takes between two questions.
PAUSE = 2.0
#: By how many bytes the last quarter may be above the second; per client that is nothing that was kept of one.
MEMORY_GROWTH = 8 << 20
#: Files by how many: connections come and go.
FILES_GROWTH = 40
#: Pools grow to what they may have, and no further.
MOST_THREADS = 20


def gauge(server: TeamServer, name: str) -> float:
    """Return a number that the server tells of itself."""
    told = httpx2.get(f"{server.url}/metrics", timeout=30, trust_env=False).text
    found = re.search(rf"^{name} (\S+)$", told, re.MULTILINE)
    assert found is not None, told
    return float(found[1])


async def test_two_hundred_clients_leave_nothing_behind(shell: Shell, say: Callable[[str], None]) -> None:
    """Streams come and go all the while, and clients hang up in the middle of a call."""
    registry, tokens = FakeRegistry(), [f"pc_token-of-client-{number}" for number in range(CLIENTS + RUDE)]
    shelves = fill(registry, len(tokens))
    table = shell.home / "tokens"
    lines = [f"c{n} read sha256:{hashlib.sha256(each.encode()).hexdigest()}" for n, each in enumerate(tokens)]
    table.write_text("\n".join(lines))
    with registry.serve() as address:
        environment = {
            "PORTCALL_AUTH__MODE": "token",
            "PORTCALL_AUTH__TOKENS_FILE": str(table),
            "PORTCALL_REGISTRIES": json.dumps({HOST: {"endpoint": address.url}}),
            "PORTCALL_SERVER__WATCH_INTERVAL": "1",
            "PORTCALL_SERVER__CALLS_PER_MINUTE": "100000",
        }
        with serving(shell, "--log-level", "warning", environment=environment) as server:
            idle_files = open_files(server.process.pid)
            watch = ServerWatch(server.process.pid)
            rude = [Rude(server.mcp, *each) for each in zip(tokens[CLIENTS:], shelves[CLIENTS:], strict=True)]
            async with load(server.mcp, tokens[:CLIENTS], shelves[:CLIENTS], pause=PAUSE) as (tally, _):
                tasks = [asyncio.create_task(each) for one in rude for each in (one.hang_up(), one.listen())]
                tasks.append(asyncio.create_task(watch.run(min(1.0, SECONDS / 60))))
                await asyncio.sleep(SECONDS)
                ended = [task for task in tasks if task.done()]
                for task in tasks:
                    task.cancel()
            left = await _left_over(server, idle_files)
            status = server.end() and server.process.returncode
        log = server.log.read_text()
    early, late = watch.most_files()
    say(
        f"{SECONDS:g} s, {CLIENTS} clients: {tally}\n"
        f"{sum(one.calls for one in rude)} calls hung up on, {sum(one.streams for one in rude)} streams left\n"
        f"resident MiB {' '.join(f'{size / 2**20:.1f}' for size in watch.memory[:: len(watch.memory) // 12])}, "
        f"last quarter above the second: {watch.growth() / 2**20:+.2f} MiB\n"
        f"files: {idle_files} idle, {early} then {late} at most, {left} more afterwards; "
        f"threads: {max(watch.threads)}"
    )
    assert ended == []
    assert (tally.wrong, tally.refused, tally.broken, tally.lost) == ([], [], [], [])
    assert [one.refused for one in rude if one.refused] == []
    assert min(one.streams for one in rude) > 0
    assert watch.growth() < MEMORY_GROWTH
    assert late <= early + FILES_GROWTH
    assert max(watch.threads) <= MOST_THREADS
    assert left <= 5
    assert status == 0
    assert "Traceback" not in log


async def _left_over(server: TeamServer, idle_files: int) -> int:
    """Return how many more files are open than in the beginning, once nobody is being answered any more."""
    for _ in range(150):
        busy = gauge(server, "portcall_listen_streams") + gauge(server, "portcall_http_in_flight")
        left = open_files(server.process.pid) - idle_files
        if busy <= 1 and left <= 5:  # the question itself is in flight
            break
        await asyncio.sleep(0.2)
    assert busy <= 1
    return left
