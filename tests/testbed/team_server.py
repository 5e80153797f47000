"""``portcall serve --transport http`` as a child process, and the SDK's own client before it."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping
    from pathlib import Path

    from tests.testbed.shell import Shell

#: Seconds after which something counts as missing.
PATIENCE = 30.0
_LISTENS = re.compile(r"on (http://\S+)/mcp")


@dataclass(slots=True)
class TeamServer:
    """A server that runs.

    Attributes:
        url: Its origin.
        log: Its stderr.
        process: The child.
    """

    url: str
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def mcp(self) -> str:
        """Where its clients ask."""
        return f"{self.url}/mcp"

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.url.rpartition(":")[2])

    def end(self, number: int = signal.SIGTERM) -> float:
        """Send it a signal; return the seconds that it took to end."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(PATIENCE)
        return time.monotonic() - started


@contextlib.contextmanager
def serving(
    shell: Shell, *options: str, environment: Mapping[str, str] | None = None, port: int = 0, name: str = "server"
) -> Iterator[TeamServer]:
    """Run a server while the block lasts; at the end it is killed, if it has not ended by itself.

    Args:
        shell: The environment.
        options: More of ``portcall serve``.
        environment: Further variables.
        port: Where it listens; by default where there is room.
        name: Of its log.
    """
    log = shell.home / f"{name}.log"
    command = [sys.executable, "-m", "portcall", "serve", "--transport", "http", "--port", str(port), *options]
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stderr,
            stderr=stderr,
            env=shell.environment(**(environment or {})),
            cwd=shell.home,
        )
    try:
        yield TeamServer(_wait_for(process, log), log, process)
    finally:
        process.kill()
        process.wait()


def _wait_for(process: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        told = log.read_text(encoding="utf-8", errors="replace")
        if found := _LISTENS.search(told):
            return found[1]
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with status {process.returncode}:\n{told[-2000:]}")
        time.sleep(0.02)
    raise RuntimeError(f"the server has not begun after {PATIENCE:g} s:\n{told[-2000:]}")


@contextlib.asynccontextmanager
async def connected(
    url: str, token: str | None = None, *, mode: str = "auto", auth: Any = None
) -> AsyncIterator[Client]:
    """Yield the SDK's client, connected to ``url``.

    Args:
        url: The server's ``/mcp``.
        token: A bearer token to show.
        mode: ``"auto"`` for the protocol of 2026, ``"legacy"`` for the handshake of 2025.
        auth: What signs in, as httpx2 takes it.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        httpx2.AsyncClient(headers=headers, auth=auth, timeout=PATIENCE, trust_env=False) as http,
        Client(
            streamable_http_client(url, http_client=http), mode=mode, read_timeout_seconds=PATIENCE, cache=None
        ) as client,
    ):
        yield client
