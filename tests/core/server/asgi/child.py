"""A server in a process of its own, as an operator has it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

import httpx
from tests.core.server.asgi.bed import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[4]
_BANNER = re.compile(r"portcall \S+ on (http://(\S+):(\d+))/mcp \((.*?)\)")


class Child:
    """Runs :mod:`tests.core.server.asgi.stubborn`; ``with`` kills what is left of it."""

    def __init__(
        self, log: Path, *, make: str = "make_app", host: str = "127.0.0.1", port: int = 0, workers: int = 1
    ) -> None:
        self._log = log
        command = [sys.executable, "-m", "tests.core.server.asgi.stubborn", make, host, str(port), str(workers)]
        self.temporary = log.with_name(f"{log.name}-tmp")
        self.temporary.mkdir()
        environment = {**os.environ, "TMPDIR": str(self.temporary)}
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=output, stderr=output, cwd=ROOT, env=environment
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.process.kill()
        self.process.wait(10)
        if self.process.stdin:
            self.process.stdin.close()

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def banner(self) -> re.Match[str]:
        wait_until(lambda: _BANNER.search(self.log) or self.process.poll() is not None, 30)
        found = _BANNER.search(self.log)
        assert found, self.log
        return found

    @property
    def url(self) -> str:
        return self.banner[1]

    @property
    def address(self) -> tuple[str, int]:
        return self.banner[2].strip("[]"), int(self.banner[3])

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", timeout=10)

    def end(self, number: int = signal.SIGTERM) -> float:
        """Send a signal; return how many seconds the process then took to end."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(20)
        return time.monotonic() - began

    @contextmanager
    def asking(self, path: str) -> Iterator[socket.socket]:
        """A request that has reached the app."""
        with socket.create_connection(self.address, timeout=10) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            time.sleep(0.1)
            yield connection
