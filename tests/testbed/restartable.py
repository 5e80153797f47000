"""A real registry that can be frozen, killed, and started again at the same address."""

from __future__ import annotations

import json
import os
import signal
import socket
from typing import TYPE_CHECKING, Self

from tests.testbed.process import Service, require_binary
from tests.testbed.registry import storage

if TYPE_CHECKING:
    from pathlib import Path


class RestartableRegistry:
    """``docker-registry`` over the files in ``storage(folder)``; running between ``with`` and its end.

    Attributes:
        netloc: Where it listens whenever it runs. While it does not, connections are refused.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._program = require_binary("docker-registry")
        # Bound by us and not listening, so that nobody else gets the port meanwhile.
        self._place = socket.socket()
        self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._place.bind(("127.0.0.1", 0))
        self.netloc = f"127.0.0.1:{self._place.getsockname()[1]}"
        self._configuration = folder / "config.yml"
        self._service: Service | None = None

    def __enter__(self) -> Self:
        settings = {
            "version": "0.1",
            "log": {"level": "info", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(storage(self._folder))}},
            "http": {"addr": self.netloc, "secret": "portcall-testbed"},
        }
        self._configuration.write_text(json.dumps(settings))  # JSON is YAML
        self.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.kill()
        self._place.close()

    @property
    def url(self) -> str:
        return f"http://{self.netloc}"

    def start(self) -> None:
        """Start it, and wait until it listens."""
        environment = {"PATH": os.environ.get("PATH", ""), "OTEL_TRACES_EXPORTER": "none"}
        command = [self._program, "serve", str(self._configuration)]
        self._service = service = Service(command, self._folder / "log", environment)
        service.wait_for(lambda: "listening on" in service.log.read_text() or None, "docker-registry")

    def freeze(self) -> None:
        """Stop its clock: connections are still taken, by the system, and nothing is answered."""
        assert self._service is not None
        os.kill(self._service.pid, signal.SIGSTOP)

    def kill(self) -> None:
        """End it at once, frozen or not; its connections are reset."""
        if self._service is not None:
            os.kill(self._service.pid, signal.SIGKILL)
            self._service.stop()
            self._service = None

    def restart(self) -> None:
        """Kill it, and start it again."""
        self.kill()
        self.start()
