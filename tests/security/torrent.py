"""A server whose every answer is ten gibibytes, and which counts how much of them is taken."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from portcall.testing import Address

_LENGTH = 10 << 30
_PIECE = b" " * (1 << 20)


@dataclass
class Torrent:
    """A running server.

    Attributes:
        address: Where it listens.
        asked: How many requests it answered.
        taken: How many bytes of bodies left it, what still was in the sockets' buffers included.
    """

    address: Address
    status: str
    declared: bool
    asked: int = 0
    taken: int = 0

    @property
    def head(self) -> bytes:
        """Status line and headers."""
        length = f"Content-Length: {_LENGTH}" if self.declared else "Transfer-Encoding: chunked"
        return f"HTTP/1.1 {self.status}\r\nContent-Type: application/json\r\n{length}\r\n\r\n".encode()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    torrent: Torrent


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        torrent = cast("_Server", self.server).torrent
        if not self.rfile.readline():
            return
        while self.rfile.readline().strip():
            pass
        torrent.asked += 1
        with contextlib.suppress(OSError):
            self.connection.sendall(torrent.head)
            for _ in range(_LENGTH // len(_PIECE)):
                if not torrent.declared:
                    self.connection.sendall(f"{len(_PIECE):x}\r\n".encode())
                self.connection.sendall(_PIECE)
                torrent.taken += len(_PIECE)
                if not torrent.declared:
                    self.connection.sendall(b"\r\n")


@contextlib.contextmanager
def torrents(status: str = "200 OK", *, declared: bool) -> Iterator[Torrent]:
    """Run such a server; ``declared`` announces the length, and sends chunks otherwise."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        port = cast("tuple[str, int]", server.server_address)[1]
        server.torrent = Torrent(Address("127.0.0.1", port), status, declared)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server.torrent
        finally:
            server.shutdown()
            thread.join()
