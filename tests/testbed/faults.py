"""The ways in which a fault proxy spoils an exchange, each a small value class.

Most change what comes back from the registry; those with ``instead`` answer themselves.
"""

from __future__ import annotations

import email.utils
import gzip
import json
import socket
import struct
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.testbed.loopback import LoopbackHandler, LoopbackServer

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """A registry's reply; ``has_body`` is false for HEAD, 204 and 304, whatever the headers say."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    has_body: bool = True

    def with_headers(self, changes: Mapping[str, str], drop: tuple[str, ...] = ()) -> Reply:
        gone = {name.lower() for name in (*changes, *drop)}
        kept = tuple((name, value) for name, value in self.headers if name.lower() not in gone)
        return replace(self, headers=(*kept, *changes.items()))

    def with_body(self, body: bytes) -> Reply:
        """Return the reply with another body and the Content-Length of it."""
        return replace(self, body=body).with_headers({"Content-Length": str(len(body))})

    @property
    def is_chunked(self) -> bool:
        return self.has_body and not any(name.lower() == "content-length" for name, _ in self.headers)


@dataclass(slots=True)
class Seen:
    """One request as it went by.

    Attributes:
        method: HTTP method.
        target: Path and query.
        scheme: First word of its ``Authorization`` header, ``None`` without: never the credentials.
        fault: Name of the fault's class, ``None`` where it was only passed on.
        status: What the client was told; ``None`` while, or if, it was told nothing.
    """

    method: str
    target: str
    scheme: str | None
    fault: str | None = None
    status: int | None = None


class Wire:
    """The client's side of one exchange: what can be done to it."""

    def __init__(self, handler: LoopbackHandler, server: LoopbackServer, seen: Seen) -> None:
        self._handler = handler
        self._server = server
        self._seen = seen

    @property
    def target(self) -> str:
        return self._handler.path

    @property
    def is_head(self) -> bool:
        return self._handler.command == "HEAD"

    def send(self, reply: Reply) -> None:
        """Send a whole reply as it is."""
        self.send_head(reply)
        if reply.is_chunked:
            self.write(b"%x\r\n%b\r\n" % (len(reply.body), reply.body) if reply.body else b"")
            self.write(b"0\r\n\r\n")
        elif reply.has_body:
            self.write(reply.body)

    def send_head(self, reply: Reply) -> None:
        self._seen.status = reply.status  # first: whoever has the reply may read the log
        self._handler.send_response_only(reply.status)
        for name, value in reply.headers:
            self._handler.send_header(name, value)
        if reply.is_chunked:
            self._handler.send_header("Transfer-Encoding", "chunked")
        self._handler.end_headers()

    def write(self, data: bytes) -> None:
        self._handler.wfile.write(data)

    def wait(self, seconds: float | None = None) -> bool:
        """Let time pass; return whether to give up, because the proxy is being stopped."""
        return self._server.stopping.wait(seconds)

    def is_left(self) -> bool:
        """Tell whether the client has closed its end."""
        try:
            return self._handler.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except ConnectionError:
            return True

    def hang_up(self) -> None:
        """Close the connection once this exchange is over."""
        self._handler.close_connection = True

    def reset(self) -> None:
        """Close the connection with an RST: what the client has not read yet is an error to it."""
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.hang_up()


class Fault:
    """Base of all faults: changes nothing."""

    __slots__ = ()

    def instead(self, _wire: Wire) -> bool:
        """Answer without the registry and return true, or do what comes before asking it."""
        return False

    def answer(self, wire: Wire, reply: Reply) -> None:
        """Send the registry's reply, or what is left of it."""
        wire.send(reply)


@dataclass(frozen=True, slots=True)
class Latency(Fault):
    """Waits before the registry is asked."""

    seconds: float

    def instead(self, wire: Wire) -> bool:
        return wire.wait(self.seconds)


@dataclass(frozen=True, slots=True)
class Status(Fault):
    """Answers with a status and an error document, as a registry in trouble does.

    Attributes:
        code: HTTP status.
        retry_after: Value of ``Retry-After``, in seconds.
        body: Another body than the usual JSON.
        headers: More headers.
        as_date: Writes ``Retry-After`` as an HTTP date, so many seconds after the answer.
    """

    code: int
    retry_after: int | None = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    as_date: bool = False

    def instead(self, wire: Wire) -> bool:
        error = {"code": "TOOMANYREQUESTS" if self.code == 429 else "UNAVAILABLE", "message": "injected"}
        body = self.body if self.body is not None else json.dumps({"errors": [error]}).encode()
        headers = {"Content-Type": "application/json", **self.headers}
        if self.retry_after is not None:
            moment = email.utils.formatdate(time.time() + self.retry_after, usegmt=True)
            headers["Retry-After"] = moment if self.as_date else str(self.retry_after)
        reply = Reply(self.code, tuple(headers.items()), has_body=not wire.is_head).with_body(body)
        wire.send(reply)
        return True


@dataclass(frozen=True, slots=True)
class Redirect(Fault):
    """Sends the client to the same path of another origin, or to one fixed place.

    Attributes:
        to: Origin (``http://127.0.0.1:1``) or, with ``exact``, the whole Location.
        code: HTTP status.
        exact: Whether the path is left out.
    """

    to: str
    code: int = 307
    exact: bool = False

    def instead(self, wire: Wire) -> bool:
        location = self.to if self.exact else self.to + wire.target
        wire.send(Reply(self.code, (("Location", location), ("Content-Length", "0"))))
        return True


@dataclass(frozen=True, slots=True)
class Refuse(Fault):
    """Resets the connection before any answer."""

    def instead(self, wire: Wire) -> bool:
        wire.reset()
        return True


@dataclass(frozen=True, slots=True)
class Reset(Fault):
    """Resets the connection after ``after`` bytes of the body."""

    after: int = 0

    def answer(self, wire: Wire, reply: Reply) -> None:
        _begin(wire, reply, self.after)
        wire.reset()


@dataclass(frozen=True, slots=True)
class Truncate(Fault):
    """Closes the connection properly after ``after`` bytes of a body that was announced as longer."""

    after: int = 0

    def answer(self, wire: Wire, reply: Reply) -> None:
        _begin(wire, reply, self.after)
        wire.hang_up()


@dataclass(frozen=True, slots=True)
class Stall(Fault):
    """Sends the head and ``after`` bytes of the body, then nothing, with the connection open."""

    after: int = 0

    def answer(self, wire: Wire, reply: Reply) -> None:
        _begin(wire, reply, self.after)
        wire.wait()
        wire.hang_up()


@dataclass(slots=True, eq=False)
class Hold(Fault):
    """Keeps whoever asks waiting until ``release`` is set, and notes who has not waited for it.

    Attributes:
        after: Bytes of the body to send before; ``None``: not even the head, and the registry is not asked.
        release: Lets all that are held, and all that come, have the rest.
        arrived: When each exchange began to be held, by ``time.monotonic()``, which is the event loop's clock.
        left: When each client that gave up closed its connection.
    """

    after: int | None = None
    release: threading.Event = field(default_factory=threading.Event)
    arrived: list[float] = field(default_factory=list)
    left: list[float] = field(default_factory=list)

    def instead(self, wire: Wire) -> bool:
        return self.after is None and self._holds(wire)

    def answer(self, wire: Wire, reply: Reply) -> None:
        if self.after is None:
            wire.send(reply)
            return
        _begin(wire, reply, self.after)
        if not self._holds(wire):
            wire.write(reply.body[self.after :])

    def _holds(self, wire: Wire) -> bool:
        """Wait; return whether the exchange came to nothing."""
        self.arrived.append(time.monotonic())
        while not self.release.is_set():
            if wire.is_left():
                self.left.append(time.monotonic())
                wire.hang_up()
                return True
            if wire.wait(0.005):
                wire.hang_up()
                return True
        return False


@dataclass(frozen=True, slots=True)
class Meanwhile(Fault):
    """Lets something happen before the registry is asked, such as the end of that registry."""

    action: Callable[[], object]

    def instead(self, _wire: Wire) -> bool:
        self.action()
        return False


@dataclass(frozen=True, slots=True)
class Dribble(Fault):
    """Sends the body ``chunk`` bytes at a time, ``interval`` seconds apart."""

    chunk: int = 1
    interval: float = 0.05

    def answer(self, wire: Wire, reply: Reply) -> None:
        _begin(wire, reply, 0)
        for start in range(0, len(reply.body), self.chunk):
            if start and wire.wait(self.interval):
                break
            wire.write(reply.body[start : start + self.chunk])


@dataclass(frozen=True, slots=True)
class Flip(Fault):
    """Flips one bit of the body, at ``offset`` or in the middle; lengths and digests stay as told."""

    offset: int | None = None

    def answer(self, wire: Wire, reply: Reply) -> None:
        at = len(reply.body) // 2 if self.offset is None else self.offset
        body = bytearray(reply.body)
        if body:
            body[at] ^= 1
        wire.send(replace(reply, body=bytes(body)))


@dataclass(frozen=True, slots=True)
class Garbage(Fault):
    """Puts another body in place of the right one and keeps the Content-Type."""

    body: bytes = b"<html>not what you asked for"

    def answer(self, wire: Wire, reply: Reply) -> None:
        wire.send(reply.with_body(self.body) if reply.has_body else reply)


@dataclass(frozen=True, slots=True)
class ChangeHeaders(Fault):
    """Sets some of the reply's headers and drops others, such as ``Docker-Content-Digest``."""

    set: Mapping[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()

    def answer(self, wire: Wire, reply: Reply) -> None:
        wire.send(reply.with_headers(self.set, self.drop))


@dataclass(frozen=True, slots=True)
class Endless(Fault):
    """Sends a chunked body of ``mebibytes`` MiB of spaces, which no header announces."""

    mebibytes: int = 1024

    def answer(self, wire: Wire, reply: Reply) -> None:
        wire.send_head(reply.with_headers({}, drop=("Content-Length",)))
        piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        for _ in range(self.mebibytes * 16 if reply.has_body else 0):
            wire.write(piece)
            if wire.wait(0):
                return
        if reply.has_body:
            wire.write(b"0\r\n\r\n")


@dataclass(frozen=True, slots=True)
class GzipBomb(Fault):
    """Says ``Content-Encoding: gzip`` and sends ``mebibytes`` MiB of spaces, packed a thousandfold."""

    mebibytes: int = 100

    def answer(self, wire: Wire, reply: Reply) -> None:
        packed = gzip.compress(b" " * (self.mebibytes << 20), 9)
        wire.send(reply.with_body(packed).with_headers({"Content-Encoding": "gzip"}))


def _begin(wire: Wire, reply: Reply, size: int) -> None:
    """Announce the whole body, send its first bytes."""
    wire.send_head(reply.with_body(reply.body) if reply.has_body else reply)
    wire.write(reply.body[:size])
