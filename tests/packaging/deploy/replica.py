"""A replica as HAProxy sees one: it is ready or not, and answers, hangs, streams or dies as its test says."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from tests.testbed.loopback import LoopbackHandler, LoopbackServer


@dataclass(frozen=True, slots=True)
class Heard:
    """A request that a replica was given, checks of its readiness left out."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int


class Replica(LoopbackServer):
    """Serves between ``with`` and its end.

    Attributes:
        ready: What ``/readyz`` says.
        delay: Seconds that it takes to say so.
        begun: How many requests have come, as far as their heads.
        heard: The requests that came as a whole.
        arrived: Set when a request has been read, and waits for ``go_on`` if its path is ``/mcp?wait``.
        go_on: Lets one that waits be answered, and a stream tell its next event.
    """

    def __init__(self) -> None:
        self.ready = True
        self.delay = 0.0
        self.begun = 0
        self.heard: list[Heard] = []
        self.arrived = threading.Semaphore(0)
        self.go_on = threading.Semaphore(0)
        super().__init__(_Handler)

    def vanish(self) -> None:
        """Listen no more, so that connections are refused."""
        self.shutdown()  # a socket that is waited for stays open
        self.server_close()


class _Handler(LoopbackHandler):
    server: Replica

    def do_GET(self) -> None:  # noqa: N802 -- http.server's name
        if self.path == "/readyz":
            # Hosts are checked by portcall: what asks by another name learns nothing.
            known = self.headers["Host"] == "localhost"
            time.sleep(self.server.delay)
            self.answer(200 if self.server.ready and known else 503, b"")
        elif self.path == "/mcp?stream":
            self._stream()
        else:
            self.do_POST()

    def do_POST(self) -> None:  # noqa: N802 -- http.server's name
        headers = {name.lower(): value for name, value in self.headers.items()}
        connection = self.client_address[1]
        self.server.begun += 1
        heard = Heard(self.command, self.path, headers, self.body(), connection)
        self.server.heard.append(heard)
        self.server.arrived.release()
        if self.path == "/mcp?die":
            self.close_connection = True
            return
        if self.path == "/mcp?wait":
            self.server.go_on.acquire(timeout=10)
        self.answer(200, str(self.server.server_port).encode())

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.server.arrived.release()
        for number in range(3):
            event = f"data: {number}\n\n".encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
            self.server.go_on.acquire(timeout=10)
        self.wfile.write(b"0\r\n\r\n")
