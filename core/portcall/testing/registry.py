"""A fake container registry: an ASGI application, filled from Python, read over HTTP."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from portcall.testing.answers import Answers, TagOrder, understood
from portcall.testing.asgi import deliver, live, read_request
from portcall.testing.auth import Auth, OpenAccess
from portcall.testing.quirk import ArmedQuirk, Context
from portcall.testing.server import Serving
from portcall.testing.store import Store
from portcall.testing.wire import RecordedRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from portcall.testing.asgi import Receive, Scope, Send
    from portcall.testing.images.built import BuiltManifest
    from portcall.testing.quirk import Quirk
    from portcall.testing.v1_search import V1Search
    from portcall.testing.wire import Kind, Reply, Request


class FakeRegistry(Serving):
    """A registry that speaks the OCI distribution specification, read-only, and remembers what it was asked.

    ::

        registry = FakeRegistry(auth=BearerAuth({"ada": "secret"}, public=["shop/*"]))
        registry.push("shop/api", image([layer({"app": "…"})]), tags=["1.4.2", "latest"])
        with registry.serve() as address:
            ...  # ask http://{address.netloc}/v2/shop/api/manifests/latest
        assert registry.count("manifest") == 1

    Args:
        auth: How it asks for credentials; not at all by default.
        quirks: How it misbehaves, see :mod:`portcall.testing.quirks`.
        page_size: Most entries of a list in one answer; no limit by default.
        tag_order: ``"name"``, or ``"pushed"`` for oldest first.
        search: Docker's first search at ``/v1/search``; 404 by default. The list of all repositories,
            ``/v2/_catalog``, is there unless :class:`quirks.NoCatalog` takes it away.

    Attributes:
        requests: Every request that was answered, in order.
        store: What it holds.
        metered: Pulls as Docker Hub counts them: manifests by ``GET`` that were answered with content.
        peak: Most requests that were under way at the same time.
    """

    def __init__(
        self,
        *,
        auth: Auth | None = None,
        quirks: Iterable[Quirk] = (),
        page_size: int | None = None,
        tag_order: TagOrder = "name",
        search: V1Search | None = None,
    ) -> None:
        super().__init__()
        self.auth: Auth = auth or OpenAccess()
        self.store = Store()
        self.requests: list[RecordedRequest] = []
        self.metered = 0
        self.peak = 0
        self._answers = Answers(self.store, page_size, tag_order, search)
        self._quirks = [ArmedQuirk(quirk) for quirk in quirks]
        self._under_way = 0

    # What it holds

    def push(self, repository: str, built: BuiltManifest | bytes, *, tags: Iterable[str] = ()) -> str:
        """Store a manifest with all that it refers to, tag it, and return its digest."""
        return self.store.push(repository, built, tags=tags)

    def push_blob(self, repository: str, blob: bytes, *, algorithm: str = "sha256") -> str:
        """Store a blob by itself, and return its digest."""
        return self.store.push_blob(repository, blob, algorithm=algorithm)

    def push_fallback_tag(self, repository: str, digest: str) -> str:
        """Tag an index of all referrers of ``digest`` as ``sha256-<hex>``; return that tag."""
        return self.store.push_fallback_tag(repository, digest)

    def tag(self, repository: str, tag: str, reference: str) -> str:
        """Let a tag name what another tag, or a digest, names; return that digest."""
        return self.store.tag(repository, tag, reference)

    def delete_tag(self, repository: str, tag: str) -> None:
        """Remove a tag, and nothing else."""
        self.store.delete_tag(repository, tag)

    def delete(self, repository: str, digest: str | None = None) -> None:
        """Remove a manifest or blob by digest, with the tags that name it; or the whole repository."""
        self.store.delete(repository, digest)

    def digest(self, repository: str, reference: str) -> str:
        """Return the digest that a tag names.

        Raises:
            KeyError: there is no such repository or tag.
        """
        stored = self.store.find(repository, reference)
        if stored is None:
            raise KeyError(f"{repository}:{reference}")
        return stored.digest

    # How it misbehaves

    def add(self, *quirks: Quirk) -> None:
        """Misbehave from now on."""
        self._quirks += [ArmedQuirk(quirk) for quirk in quirks]

    def clear_quirks(self) -> None:
        """Behave again."""
        self._quirks = []

    @contextmanager
    def misbehaving(self, *quirks: Quirk) -> Iterator[FakeRegistry]:
        """Misbehave within a ``with`` block only, in addition to the quirks that it has."""
        before = self._quirks
        self._quirks = [*before, *(ArmedQuirk(quirk) for quirk in quirks)]
        try:
            yield self
        finally:
            self._quirks = before

    def fired(self, kind: type[Quirk]) -> int:
        """Return how often the quirks of a class showed: a test of a quirk that never did proves nothing."""
        return sum(armed.fired for armed in self._quirks if isinstance(armed.quirk, kind))

    # What it was asked

    def asked(
        self,
        kind: Kind | None = None,
        *,
        method: str | None = None,
        status: int | None = None,
        repository: str | None = None,
        reference: str | None = None,
    ) -> list[RecordedRequest]:
        """Return the requests that match, in order."""
        wanted = {
            "kind": kind,
            "method": method,
            "status": status,
            "repository": repository,
            "reference": reference,
        }
        told = {name: value for name, value in wanted.items() if value is not None}
        return [
            request
            for request in list(self.requests)
            if all(getattr(request, name) == value for name, value in told.items())
        ]

    def count(
        self,
        kind: Kind | None = None,
        *,
        method: str | None = None,
        status: int | None = None,
        repository: str | None = None,
        reference: str | None = None,
    ) -> int:
        """Return how many requests match: ``registry.count("manifest", method="HEAD")``."""
        found = self.asked(kind, method=method, status=status, repository=repository, reference=reference)
        return len(found)

    def forget(self) -> None:
        """Forget all requests, and start counting anew."""
        self.requests.clear()
        self.peak = self.metered = 0

    # Answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Speak ASGI."""
        if scope["type"] == "lifespan":
            await live(receive, send)
            return
        self._under_way += 1
        self.peak = max(self.peak, self._under_way)
        try:
            request = understood(await read_request(scope, receive))
            reply = self.answer(request)
            # Recorded before the first byte leaves: a client that has its answer finds its request here.
            self._record(RecordedRequest.of(request, reply.status))
            await deliver(reply, request, scope, receive, send)
        finally:
            self._under_way -= 1

    def _record(self, request: RecordedRequest) -> None:
        self.requests.append(request)
        if request.kind == "manifest" and request.method == "GET" and request.status == 200:
            self.metered += 1

    def answer(self, request: Request) -> Reply:
        """Return the answer to a request, quirks and all, without recording it."""
        asked = request
        for armed in self._quirks:
            asked = armed.adjust(asked)
        if asked.kind == "token":
            reply = self.auth.token(asked)
        else:
            reply = self.auth.guard(asked) or self._answers.answer(asked)
        if asked.kind not in {"token", "search", "other"}:
            reply = reply.with_headers({"Docker-Distribution-Api-Version": "registry/2.0"})
        context = Context(self.store, self.metered, self.auth)
        for armed in self._quirks:
            reply = armed.spoil(request, reply, context)
        return reply
