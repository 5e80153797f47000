"""Debian's HAProxy on loopback, by the very configuration that ``examples/deploy`` ships.

Each line of that file holds here, too; only the addresses are this test's own, see :func:`configuration_of`.
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import signal
import socket
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from tests.testbed.process import Service, require_binary

if TYPE_CHECKING:
    from collections.abc import Sequence

SHIPPED = Path(__file__).parents[2] / "examples" / "deploy" / "haproxy.cfg"
#: What a server is told to be: of use, finishing what it has, or gone.
Wanted = Literal["ready", "drain", "maint"]

_ATTEMPTS = 3
_TLS = " ssl crt /run/secrets/tls.pem alpn h2,http/1.1"
_BINDS = {"plain": "bind :8080\n", "public": f"bind :8443{_TLS}\n", "inside": "bind 127.0.0.1:8404\n"}
_SOCKET = "stats socket /tmp/haproxy.sock "
_TEMPLATE = re.compile(r"server-template replica \d+ portcall:8000 (.*?) ?resolvers docker init-addr none\n")


@dataclass(frozen=True, slots=True)
class Places:
    """Where a test's HAProxy is to be found.

    Attributes:
        plain: Port of the listener that sends everybody to HTTPS.
        public: Port of the listener for clients.
        inside: Port of the listener for health and metrics.
        control: Path of the socket for orders.
        certificate: PEM file with certificate and key; without it, ``public`` speaks plain HTTP.
    """

    plain: int
    public: int
    inside: int
    control: Path
    certificate: Path | None = None


def configuration_of(backends: Sequence[int], places: Places, shipped: str | None = None) -> str:
    """Return the shipped configuration with addresses on loopback, and nothing else changed.

    Raises:
        ValueError: A line to be replaced is not there, or more than once.
    """
    text = SHIPPED.read_text() if shipped is None else shipped
    tls = _TLS.replace("/run/secrets/tls.pem", str(places.certificate)) if places.certificate else ""
    for listener, options in (("plain", ""), ("public", tls), ("inside", "")):
        bind = f"bind 127.0.0.1:{getattr(places, listener)}{options}\n"
        text = _replaced(re.compile(re.escape(_BINDS[listener])), bind, text)
    text = _replaced(re.compile(re.escape(_SOCKET)), f"stats socket {places.control} ", text)
    template = _TEMPLATE.search(text)
    options = template[1] if template else ""
    servers = [
        f"server replica{place} 127.0.0.1:{port} {options}\n" for place, port in enumerate(backends, start=1)
    ]
    return _replaced(_TEMPLATE, "    ".join(servers), text)


def _replaced(pattern: re.Pattern[str], new: str, text: str) -> str:
    made, times = pattern.subn(lambda _: new, text)
    if times != 1:
        raise ValueError(f"{SHIPPED.name}: {times} lines like {pattern.pattern!r}, where there should be one")
    return made


class HAProxy:
    """Runs between ``with`` and its end; ``url`` is where clients go.

    Args:
        folder: For its configuration and log; one at a time in each.
        backends: Ports on loopback of the replicas, which are called ``replica1``, ``replica2`` and so on.
        certificate: PEM file with certificate and key, for a ``url`` that is HTTPS.
    """

    def __init__(self, folder: Path, backends: Sequence[int], *, certificate: Path | None = None) -> None:
        self._program = require_binary("haproxy")
        self._folder = folder
        self._backends = tuple(backends)
        self._certificate = certificate
        # Not in `folder`: a socket's path has 108 characters at most.
        self._control = Path(tempfile.mkdtemp(prefix="haproxy-"))
        self._service: Service | None = None
        self.places = Places(0, 0, 0, self._control / "socket", certificate)

    def __enter__(self) -> Self:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._start()
            except RuntimeError:  # somebody else was faster to take a port
                if attempt == _ATTEMPTS:
                    self.stop()
                    raise
            else:
                break
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self.places.public}"

    @property
    def url(self) -> str:
        return f"http{'s' if self._certificate else ''}://{self.netloc}"

    @property
    def log(self) -> str:
        """All that it has logged: a line for each request, once that is over."""
        return (self._folder / "haproxy.log").read_text(errors="replace")

    def servers(self) -> dict[str, str]:
        """Return each replica's state as HAProxy sees it: ``UP``, ``DOWN``, ``DRAIN``, ``UP 1/2``, …"""
        return {row["svname"]: row["status"] for row in self._rows()}

    def requests(self) -> dict[str, int]:
        """Return how many requests each replica has been given, retried ones included."""
        return {row["svname"]: int(row["stot"]) for row in self._rows()}

    def set_state(self, server: str, state: Wanted) -> None:
        """Tell what a replica is to be, whatever its checks say."""
        self._order(f"set server portcall/{server} state {state}")

    def drain(self, server: str) -> None:
        """Let a replica finish what it has; it gets nothing new."""
        self.set_state(server, "drain")

    def wait_for(self, server: str, state: str, timeout: float = 10) -> None:
        """Return once a replica's state begins so.

        Raises:
            RuntimeError: It did not come to that within ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        while not (now := self.servers()[server]).startswith(state):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{server} is {now} and not {state} after {timeout:g} s\n{self.log[-2000:]}")
            time.sleep(0.02)

    def stop_softly(self) -> None:
        """Ask it to end when the requests that it has are done; it listens no more."""
        if self._service is not None:
            os.kill(self._service.pid, signal.SIGUSR1)

    def stop(self) -> None:
        """Stop it at once."""
        if self._service is not None:
            self._service.stop()
            self._service = None
        shutil.rmtree(self._control, ignore_errors=True)

    def _start(self) -> None:
        plain, public, inside = free_ports(3)
        self.places = Places(plain, public, inside, self.places.control, self._certificate)
        file = self._folder / "haproxy.cfg"
        file.write_text(configuration_of(self._backends, self.places))
        self._service = service = Service([self._program, "-db", "-f", str(file)], self._folder / "haproxy.log")
        try:
            service.wait_for(self._answers, "haproxy")
        except RuntimeError:
            service.stop()
            raise

    def _answers(self) -> bool | None:
        try:
            return bool(self._rows()) or None
        except OSError:
            return None

    def _rows(self) -> list[dict[str, str]]:
        table = csv.DictReader(io.StringIO(self._order("show stat portcall 4 -1").removeprefix("# ")))
        return list(table)

    def _order(self, command: str) -> str:
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(5)
            control.connect(str(self.places.control))
            control.sendall(f"{command}\n".encode())
            with control.makefile() as answer:
                return answer.read()


def free_ports(count: int) -> list[int]:
    """Return ports on loopback that nobody has, for now; all of them at once, so that they differ."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
