"""Replicas of ``portcall serve --transport http`` that share a Redis and nothing else."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import httpx2
from tests.testbed.haproxy import free_ports
from tests.testbed.shell import Shell
from tests.testbed.team_server import PATIENCE, TeamServer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.testbed.redis import RedisServer

#: The operator's, the same everywhere.
KEY = "a key that all of the replicas have"


class Replica:
    """One of them: always at its port, each with a home of its own.

    Args:
        folder: For its home and its logs.
        environment: Its configuration.
        port: Where it listens.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], port: int) -> None:
        self._shell = Shell(folder)
        self._environment = environment
        self._stack = ExitStack()
        self._starts = 0
        self._server: TeamServer | None = None
        self.port = port

    @property
    def server(self) -> TeamServer:
        """The process that runs, or ran last."""
        assert self._server is not None
        return self._server

    @property
    def url(self) -> str:
        """Its own origin, past any balancer."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def home(self) -> Path:
        """Its home folder, with its logs."""
        return self._shell.home

    @property
    def log(self) -> str:
        """What all its processes have logged."""
        return "".join(path.read_text() for path in sorted(self._shell.home.glob("server*.log")))

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._starts += 1
        running = serving(self._shell, environment=self._environment, port=self.port, name=f"server{self._starts}")
        self._server = self._stack.enter_context(running)

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self.server.end(signal.SIGKILL)

    def terminate(self) -> float:
        """Ask it to end; return the seconds that it took."""
        return self.server.end(signal.SIGTERM)

    def close(self) -> None:
        """End it, whatever it is at."""
        self._stack.close()

    def health(self) -> tuple[int, str]:
        """Return what it says of itself: HTTP's status and its own."""
        reply = httpx2.get(f"{self.url}/readyz", timeout=PATIENCE, trust_env=False)
        return reply.status_code, reply.json()["status"]

    def wait_until(self, status: str, seconds: float = PATIENCE) -> float:
        """Return once it says that of itself, with the seconds that it took.

        Raises:
            RuntimeError: It did not come to that.
        """
        began = time.monotonic()
        while (found := self.health())[1] != status:
            if time.monotonic() - began > seconds:
                raise RuntimeError(f"replica is {found} and not {status} after {seconds:g} s")
            time.sleep(0.05)
        return time.monotonic() - began


def shared_by(redis: RedisServer) -> dict[str, str]:
    """Return the configuration of replicas that share that Redis: for state, cache and what is heard."""
    return {
        "PORTCALL_AUTH__STORE": redis.url,
        "PORTCALL_CACHE__URL": redis.url,
        "PORTCALL_STORE_KEY": KEY,
        "PORTCALL_SERVER__CALLS_PER_MINUTE": "100000",
    }


@contextmanager
def replicas(folder: Path, environment: Mapping[str, str], count: int = 3) -> Iterator[list[Replica]]:
    """Run so many replicas, all with the same configuration."""
    made = []
    for number, port in enumerate(free_ports(count), start=1):
        home = folder / f"replica{number}"
        home.mkdir(parents=True)
        made.append(Replica(home, environment, port))
    try:
        with ThreadPoolExecutor(count) as threads:
            list(threads.map(Replica.start, made))
        yield made
    finally:
        for replica in made:
            replica.close()
