"""A threaded HTTP/1.1 server on 127.0.0.1 that can be stopped at any moment and leaves nothing behind."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator


class LoopbackServer(ThreadingHTTPServer):
    """Serves between ``with`` and its end; ``netloc`` and ``url`` say where.

    Stopping closes every connection and joins every thread, those that wait on ``stopping`` included.
    An exception in a handler, other than a lost connection, is raised by the end of the ``with``.
    """

    daemon_threads = False  # joined by server_close(): no thread outlives its test
    request_queue_size = 128

    def __init__(self, handler: type[LoopbackHandler]) -> None:
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        self._errors: list[BaseException] = []
        super().__init__(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))

    def server_bind(self) -> None:
        """Bind without the base class's reverse look-up of the host's name."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.socket.getsockname()

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.netloc}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: object, *_exc: object) -> None:
        self.stopping.set()
        self.shutdown()
        self._thread.join()
        for connection in tuple(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
        if self._errors and kind is None:
            raise ExceptionGroup("a loopback server's handler failed", self._failures())

    def _failures(self) -> list[Exception]:
        return [error for error in self._errors if isinstance(error, Exception)]

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        """Close at once: the base class's half-close would come before a reset and hide it."""
        self._connections.discard(request)
        self.close_request(request)

    def handle_error(self, _request: object, _client_address: object) -> None:
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError):
            self._errors.append(error)


class LoopbackHandler(BaseHTTPRequestHandler):
    """A handler that keeps connections alive, answers without delay and is silent."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a reply's second packet waits ~40 ms for the first one's ACK

    def log_message(self, *_args: object) -> None:
        pass

    def body(self) -> bytes:
        """Return the request's whole body, chunked or not."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(self._chunks())
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():  # trailers
            pass

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        """Send a whole reply; a HEAD gets the same head."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
