"""A proxy that lets nothing through: it writes down who wanted to go where."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Proxy:
    """What reached it.

    Attributes:
        port: Where it listens.
        asked: The first line of each request.
    """

    port: int
    asked: list[str] = field(default_factory=list)

    def variables(self) -> dict[str, str]:
        """Return the environment in which a program's clients ask it for all that is not on this machine."""
        url = f"http://127.0.0.1:{self.port}"
        own = {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
        names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        return {spelt: url for name in names for spelt in (name, name.lower())} | own


@contextlib.contextmanager
def listening_proxy() -> Iterator[Proxy]:
    """Run one on loopback."""

    class Refusal(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            proxy.asked.append(self.rfile.readline().decode("latin-1").strip())
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Refusal) as server:
        server.daemon_threads = True
        proxy = Proxy(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()
