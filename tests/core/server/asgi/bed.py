"""Asking ASGI apps: as a server does, through a real one, and byte by byte."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn

from portcall.server.asgi.protocol import PunctualH11

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HERE = ("127.0.0.1", 8000)
NETWORK = ("10.1.2.3", 8000)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> dict[str, Any]:
        return json.loads(self.body)["error"]


def scope_of(
    method: str = "POST",
    path: str = "/mcp",
    headers: Iterable[tuple[str, str]] = (("host", "localhost:8000"),),
    *,
    server: tuple[str, int | None] | None = HERE,
    client: str = "127.0.0.1",
    query: bytes = b"",
) -> Scope:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "scheme": "http",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
        "server": server,
        "client": (client, 40000),
        "state": {},
    }


async def ask(app: ASGIApp, scope: Scope | None = None, body: Iterable[bytes] = (b"",)) -> Answer | None:
    """Return what ``app`` answers; ``None`` if it answers nothing. After the body the client goes away."""
    sent: list[Message] = []
    parts = list(body)

    async def receive() -> Message:
        if not parts:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope or scope_of(), receive, send)
    if not sent:
        return None
    head = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], head, b"".join(message["body"] for message in sent[1:]))


async def welcome(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that answers 200, with the size of what it was sent."""
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"%d" % size})


@contextmanager
def served(app: ASGIApp, protocol: Any = PunctualH11, **options: Any) -> Iterator[tuple[str, int]]:
    """A real server in a thread, on loopback; yields its address."""
    options = {"log_config": None, "access_log": False, "lifespan": "off", "ws": "none", **options}
    server = uvicorn.Server(uvicorn.Config(app, http=protocol, **options))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        address = listener.getsockname()
        thread.start()
        wait_until(lambda: server.started)
        try:
            yield address
        finally:
            server.should_exit = True
            thread.join(10)


def wait_until(holds: Any, seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.01)


def read_all(connection: socket.socket) -> bytes:
    """Return everything up to the end of the connection, however it ends."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)
