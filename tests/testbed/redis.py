"""Debian's ``redis-server`` on loopback, which can be stopped, started again and made to hang.

It starts in some 30 ms and keeps nothing on disk.
"""

from __future__ import annotations

import os
import signal
import socket
from typing import TYPE_CHECKING, Self

from tests.testbed.process import Service, require_binary

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_READY = "Ready to accept connections"
_ATTEMPTS = 3


class RedisServer:
    """Runs between ``with`` and its end, on one port all the time; ``url`` says where.

    Args:
        folder: For its log; one server at a time in each.
        options: More of its command line, e.g. ``("--requirepass", "…")``.
        tls: Whether it speaks TLS, and nothing else.
    """

    def __init__(self, folder: Path, options: Sequence[str] = (), *, tls: bool = False) -> None:
        self._program = require_binary("redis-server")
        self._log = folder / "redis.log"
        self._options = ["--save", "", "--appendonly", "no", "--dir", str(folder), *options]
        self._tls = tls
        self._service: Service | None = None
        self._hangs = False
        self.port = 0

    def __enter__(self) -> Self:
        for attempt in range(1, _ATTEMPTS + 1):
            self.port = _free_port()
            try:
                self.start()
            except RuntimeError:  # somebody else was faster to take the port
                if attempt == _ATTEMPTS:
                    raise
            else:
                break
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"redis{'s' if self._tls else ''}://{self.netloc}/0"

    def start(self) -> None:
        """Start it, empty, on the port that it had before."""
        ports = ["--port", "0", "--tls-port", str(self.port)] if self._tls else ["--port", str(self.port)]
        self._service = service = Service(
            [self._program, "--bind", "127.0.0.1", *ports, *self._options],
            self._log,
            {"PATH": os.environ.get("PATH", "")},
        )
        try:
            service.wait_for(lambda: _READY in self._log.read_text(errors="replace") or None, "redis-server")
        except RuntimeError:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it; nothing listens on its port."""
        self.go_on()
        if self._service is not None:
            self._service.stop()
            self._service = None

    def hang(self) -> None:
        """Let it answer nothing, though connections to it can still be made."""
        if self._service is not None:
            os.kill(self._service.pid, signal.SIGSTOP)
            self._hangs = True

    def go_on(self) -> None:
        """Let it answer again."""
        if self._service is not None and self._hangs:
            os.kill(self._service.pid, signal.SIGCONT)
            self._hangs = False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
