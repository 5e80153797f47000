"""An HTTP/1.1 reverse proxy on loopback that spoils the exchanges that its rules pick.

Example::

    with FaultProxy(registry.netloc) as proxy:
        proxy.rules = [Rule(Status(503, retry_after=1), match=r"^GET .*/manifests/", times=2)]
        ...
        assert [seen.status for seen in proxy.log] == [503, 503, 200]
"""

from __future__ import annotations

import http.client
import re
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from tests.testbed.faults import Fault, Reply, Seen, Wire
from tests.testbed.loopback import LoopbackHandler, LoopbackServer

if TYPE_CHECKING:
    from tests.testbed.registry import RealRegistry

_HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length", "expect")


@dataclass(slots=True)
class Rule:
    """When to spoil an exchange, and how; ``hits`` counts how often it was done.

    Attributes:
        fault: What to do.
        match: Regular expression that is searched for in ``"METHOD /path?query"``.
        times: Spoil only the first so many that match; ``None``: all.
        skip: Let so many that match pass first.
    """

    fault: Fault
    match: str = ""
    times: int | None = None
    skip: int = 0
    hits: int = field(default=0, init=False)
    _seen: int = field(default=0, init=False, repr=False)

    def takes(self, request: str) -> bool:
        """Tell whether to spoil this request, and count it."""
        if not re.search(self.match, request):
            return False
        self._seen += 1
        if self._seen <= self.skip or (self.times is not None and self.hits >= self.times):
            return False
        self.hits += 1
        return True


class FaultProxy(LoopbackServer):
    """Stands before the plain http server at ``upstream`` (``host:port``).

    ``rules`` may be replaced at any time, the first that takes a request spoils it; ``log`` is what
    went by, in the order of arrival. The Host header is passed on: whatever addresses the registry
    makes of it lead to the proxy again.
    """

    def __init__(self, upstream: str) -> None:
        super().__init__(_Handler)
        self.upstream = upstream
        self.rules: list[Rule] = []
        self.log: list[Seen] = []
        self._picking = threading.Lock()

    def in_front_of(self, registry: RealRegistry) -> RealRegistry:
        """Return ``registry`` with the proxy's address in place of its own."""
        return replace(registry, netloc=self.netloc, url=self.url)

    def pick(self, request: str) -> Fault | None:
        with self._picking:  # counts must hold under concurrency
            return next((rule.fault for rule in self.rules if rule.takes(request)), None)


class _Handler(LoopbackHandler):
    def handle_exchange(self) -> None:
        proxy = cast("FaultProxy", self.server)
        body = self.body()
        fault = proxy.pick(f"{self.command} {self.path}")
        scheme = self.headers.get("Authorization", "").split(" ")[0] or None
        seen = Seen(self.command, self.path, scheme, type(fault).__name__ if fault else None)
        proxy.log.append(seen)
        wire = Wire(self, proxy, seen)
        fault = fault or Fault()
        if not fault.instead(wire):
            fault.answer(wire, self._ask(proxy.upstream, body))

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = handle_exchange  # noqa: N815 -- http.server's names

    def _ask(self, upstream: str, body: bytes) -> Reply:
        connection = http.client.HTTPConnection(upstream, timeout=30)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _HOP_BY_HOP:
                    connection.putheader(name, value)
            if body or self.command in ("PUT", "POST", "PATCH"):
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            has_body = self.command != "HEAD" and answer.status not in (204, 304)
            kept = tuple(
                (name, value)
                for name, value in answer.getheaders()
                if name.lower() == "content-length" or name.lower() not in _HOP_BY_HOP
            )
            return Reply(answer.status, kept, answer.read(), has_body)
        finally:
            connection.close()
