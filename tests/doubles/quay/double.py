"""The double itself: one address for the registry and the REST API, and a memory of what was asked."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.doubles.quay import rest
from tests.doubles.quay.accounts import default_accounts
from tests.doubles.quay.content import default_catalogue
from tests.doubles.quay.discovery import DOCUMENT, Discovery
from tests.doubles.quay.distribution import Distribution
from tests.doubles.quay.limits import Limits
from tests.doubles.quay.operations import operation_of
from tests.doubles.quay.options import Options
from tests.doubles.quay.paths import segments
from tests.doubles.quay.refusals import page
from tests.doubles.quay.site import Site

from portcall.testing.asgi import deliver, live, read_request
from portcall.testing.quirk import ArmedQuirk, Context
from portcall.testing.server import Serving
from portcall.testing.wire import RecordedRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from tests.doubles.quay.accounts import Accounts
    from tests.doubles.quay.catalogue import Catalogue
    from tests.doubles.quay.operations import Operation

    from portcall.testing import FakeRegistry, Reply, Request
    from portcall.testing.asgi import Receive, Scope, Send
    from portcall.testing.quirk import Quirk


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(RecordedRequest):
    """A request that was answered.

    Attributes:
        operation: The discovery document's ``operationId`` (``"listRepoTags"``), ``"v1Search"``, or for
            ``/v2`` its kind (``"manifest"``, ``"token"``); ``"hostile"``; ``""`` for what is nothing of these.
    """

    operation: str = ""


class QuayDouble(Serving):
    """A Quay: quay.io as it is, or a self-hosted one by options.

    ::

        quay = QuayDouble(anonymous_access=False)
        with quay.serve() as address:
            ...  # registry, token service and REST API at address.url

    Args:
        catalogue: What it holds; :func:`default_catalogue` by default.
        accounts: Whom it knows; :func:`default_accounts` by default.
        quirks: How it misbehaves: of :mod:`tests.doubles.quay.switches`, or :mod:`portcall.testing.quirks`.
        clock: Where the time comes from, in seconds since 1970: tags end by it, tokens do, limits count by it.
        document: The discovery document to hold requests against; nothing is held against a missing one.
        options: :class:`Options`, by name.

    Attributes:
        requests: Every request that was answered, in order.
        violations: What requests to ``/api/v1`` did that the discovery document does not know.
        hostile: Requests whose path held a segment that would have become another path; all answered 404.
        site: What answers are made from: ``site.scanner_down = True``.
        registry: The fake registry behind ``/v2``.
    """

    def __init__(
        self,
        catalogue: Catalogue | None = None,
        *,
        accounts: Accounts | None = None,
        quirks: Iterable[Quirk] = (),
        clock: Callable[[], float] = time.time,
        document: Path = DOCUMENT,
        **options: Any,
    ) -> None:
        super().__init__()
        self.site = Site(
            default_catalogue() if catalogue is None else catalogue,
            default_accounts() if accounts is None else accounts,
            Options(**options),
            clock,
        )
        self.requests: list[Asked] = []
        self.violations: list[str] = []
        self.hostile: list[Asked] = []
        self._distribution = Distribution(self.site)
        self._discovery = Discovery(document)
        self._limits = Limits(clock)
        self._quirks = [ArmedQuirk(quirk) for quirk in quirks]

    @property
    def catalogue(self) -> Catalogue:
        """What it holds."""
        return self.site.catalogue

    @property
    def registry(self) -> FakeRegistry:
        """The fake registry behind ``/v2``."""
        return self._distribution.registry

    # How it misbehaves

    def add(self, *quirks: Quirk) -> None:
        """Misbehave from now on."""
        self._quirks += [ArmedQuirk(quirk) for quirk in quirks]

    @contextmanager
    def misbehaving(self, *quirks: Quirk) -> Iterator[QuayDouble]:
        """Misbehave within a ``with`` block only, in addition to the quirks that it has."""
        before = self._quirks
        self._quirks = [*before, *(ArmedQuirk(quirk) for quirk in quirks)]
        try:
            yield self
        finally:
            self._quirks = before

    def fired(self, kind: type[Quirk]) -> int:
        """Return how often the quirks of a class showed."""
        return sum(armed.fired for armed in self._quirks if isinstance(armed.quirk, kind))

    # What it was asked

    def asked(self, operation: str | None = None, *, status: int | None = None) -> list[Asked]:
        """Return the requests that match, in order: ``quay.asked("listRepoTags", status=200)``."""
        return [
            one
            for one in list(self.requests)
            if operation in {None, one.operation} and status in {None, one.status}
        ]

    def count(self, operation: str | None = None, *, status: int | None = None) -> int:
        """Return how many requests match."""
        return len(self.asked(operation, status=status))

    def forget(self) -> None:
        """Forget all requests, and what was wrong with them."""
        self.requests.clear()
        self.violations.clear()
        self.hostile.clear()

    # Answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Speak ASGI."""
        if scope["type"] == "lifespan":
            await live(receive, send)
            return
        request = await read_request(scope, receive)
        request, reply = self.answer(request)
        await deliver(reply, request, scope, receive, send)

    def answer(self, request: Request) -> tuple[Request, Reply]:
        """Return the request as it was understood and the answer, and keep both in mind."""
        parts = segments(request.path)
        if parts is None:
            operation, name, reply = None, "hostile", page(404)
        elif parts[0] == "v2":
            request = self._distribution.understood(request)
            operation, name, reply = None, "" if request.kind == "other" else request.kind, None
        else:
            operation = rest.V1_SEARCH if parts == ("v1", "search") else operation_of(parts)
            name, reply = operation.name if operation else "", None
        if reply is None:
            reply = self._limited(request) or self._answered(request, operation)
        reply = self._spoiled(request, reply)
        self._remember(request, operation, name, reply.status)
        return request, reply

    def _limited(self, request: Request) -> Reply | None:
        return self._limits.refusal(request) if self.site.options.rate_limits else None

    def _answered(self, request: Request, operation: Operation | None) -> Reply:
        if request.path.startswith("/v2"):
            return self._distribution.answer(request)
        return rest.answer(self.site, request, operation)

    def _spoiled(self, request: Request, reply: Reply) -> Reply:
        context = Context(self.catalogue.store, 0, self._distribution.auth)
        for armed in self._quirks:
            reply = armed.spoil(request, reply, context)
        return reply

    def _remember(self, request: Request, operation: Operation | None, name: str, status: int) -> None:
        asked = replace(Asked.of(request, status), operation=name)
        self.requests.append(asked)
        if name == "hostile":
            self.hostile.append(asked)
        elif request.path.startswith("/api/"):
            self.violations += self._discovery.complaints(request)
            if operation is not None and operation.remark:
                self.violations.append(f"{request.method} {request.target}: {operation.remark}")
