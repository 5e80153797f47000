"""Serving HTTP: from an address to the last answer."""

from __future__ import annotations

import errno
import json
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.errors import ConfigurationError
from portcall.server.asgi.config import MOST_WAITING, ServingConfig
from portcall.server.asgi.graceful import GracefulServer
from portcall.server.asgi.replies import MCP_PATH
from portcall.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import ASGIApp

_FAILED = 1

_REASONS = {
    errno.EADDRINUSE: ("something listens there already", "Stop it, or choose another port with --port."),
    errno.EACCES: ("the system does not allow it", "Ports below 1024 are root's: choose another with --port."),
    errno.EADDRNOTAVAIL: ("it is no address of this machine", "Choose one that is with --host."),
}


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a server says of itself when it has started.

    Args:
        host: Where it listens, as it was written.
        port: The port, chosen by the system or not.
        auth: How callers prove who they are: the mode's name.
        workers: How many processes serve.
    """

    host: str
    port: int
    auth: str
    workers: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        processes = f"{self.workers} worker{'s' if self.workers > 1 else ''}"
        return f"portcall {__version__} on http://{host}:{self.port}{MCP_PATH} (auth: {self.auth}, {processes})"

    def write(self) -> None:
        """Say it on stderr, whatever is logged: to a person as it is, else as a line of the log."""
        line = str(self) if sys.stderr.isatty() else json.dumps({"event": str(self), "level": "info"})
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def serve_http(
    make_app: Callable[[], ASGIApp],
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: int = 1,
    log_level: str = "info",
    auth: str = "none",
    forwarded_allow_ips: Sequence[str] = ("127.0.0.1",),
) -> int:
    """Serve an app until SIGTERM or Ctrl-C, and return the exit status. The process ends soon after that.

    Args:
        make_app: Returns the app, in the process that serves it; with workers it has to be picklable.
        host: Address or name to listen on.
        port: Port to listen on; 0 for any that is free.
        workers: How many processes serve, on one socket.
        log_level: Of portcall's own events.
        auth: The mode, for people.
        forwarded_allow_ips: Proxies whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed.

    Raises:
        ConfigurationError: Nothing can listen there.
        PortcallError: What ``make_app`` raised, where it was called in this process.
    """
    config = ServingConfig(make_app, log_level=log_level, workers=workers, forwarded_allow_ips=forwarded_allow_ips)
    with listening(host, port) as listener:
        announcement = Announcement(host, listener.getsockname()[1], auth, workers)
        if workers > 1:
            return _serve_in_workers(config, listener, announcement)
        server = GracefulServer(config, when_started=announcement.write, ends_process=True)
        try:
            server.run([listener])
        except SystemExit:  # uvicorn's way to say that the app's start-up failed; the log tells why
            return _FAILED
        return 0


def _serve_in_workers(config: ServingConfig, listener: socket.socket, announcement: Announcement) -> int:
    from portcall.server.asgi.workers import Workers, shared_numbers

    with shared_numbers() as numbers:
        return Workers(config, [listener], numbers, announcement.write).serve()


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens already, so that nobody else gets the address meanwhile.

    Raises:
        ConfigurationError: Nothing can listen there; the message says why.
    """
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        # `localhost` is both; more clients try the older one.
        family, *_, address = min(found, key=lambda each: each[0] != socket.AF_INET)
        both = family == socket.AF_INET6 and address[0] == "::" and socket.has_dualstack_ipv6()
        listener = socket.create_server(address[:2], family=family, backlog=MOST_WAITING, dualstack_ipv6=both)
    except (OSError, UnicodeError, OverflowError) as error:
        known = _REASONS.get(getattr(error, "errno", None) or 0)
        reason, hint = known or ("it is no address of this machine", "Choose another with --host and --port.")
        raise ConfigurationError(f"portcall cannot listen on {host} port {port}: {reason}", hint=hint) from None
    # Its connections inherit this. asyncio does so only where a socket says by itself that it is TCP's, which this
    # one does not; and an answer's body would wait 40 ms for the client's system to acknowledge the head.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
