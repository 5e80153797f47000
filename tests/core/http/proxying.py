"""A proxy of a few lines: it leads every request, and every tunnel, to one address."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.testing import Address


@dataclass
class Proxy:
    """A running proxy.

    Attributes:
        url: Where it listens.
        asked: The request lines that reached it.
        headers: Their headers, lower-case, one text a request.
        refusal: What it answers instead of leading anywhere, e.g. ``"407 Proxy Authentication Required"``.
    """

    url: str
    target: tuple[str, int]
    asked: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    refusal: str = ""


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    proxy: Proxy


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        proxy = cast("_Server", self.server).proxy
        line = self.rfile.readline().decode("latin-1").strip()
        headers = list(iter(lambda: self.rfile.readline().decode("latin-1").strip(), ""))
        if not line:
            return
        proxy.asked.append(line)
        proxy.headers.append("\n".join(headers).lower())
        if proxy.refusal:
            self.wfile.write(f"HTTP/1.1 {proxy.refusal}\r\nContent-Length: 0\r\n\r\n".encode())
            return
        with socket.create_connection(proxy.target) as onward:
            method, url, version = line.split(" ")
            if method == "CONNECT":
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                path = "/" + url.split("/", 3)[3]
                kept = [one for one in headers if not one.lower().startswith(("connection", "proxy-"))]
                head = "\r\n".join([f"{method} {path} {version}", *kept, "Connection: close", "", ""])
                onward.sendall(head.encode("latin-1"))
            _lead(self.connection, onward)


def _lead(near: socket.socket, far: socket.socket) -> None:
    """Pass bytes on in both directions until one side is done."""

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    back = threading.Thread(target=pump, args=(far, near), daemon=True)
    back.start()
    pump(near, far)
    back.join()


@contextlib.contextmanager
def proxying(target: Address) -> Iterator[Proxy]:
    """Run a proxy that leads to ``target``."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        host, port = cast("tuple[str, int]", server.server_address)
        server.proxy = Proxy(f"http://{host}:{port}", (target.host, target.port))
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server.proxy
        finally:
            server.shutdown()
            thread.join()
