"""``/v2/``: the fake registry, with Quay's manners.

Source: q: endpoints/v2/{__init__,tag,manifest,catalog,referrers,errors}.py.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tests.doubles.quay.pages import start_of, token_for
from tests.doubles.quay.refusals import aborted, registry_error
from tests.doubles.quay.registry_auth import QuayAuth

from portcall.testing import FakeRegistry, Reply
from portcall.testing.answers import understood
from portcall.testing.wire import json_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.doubles.quay.catalogue import TagRow
    from tests.doubles.quay.site import Site

    from portcall.testing import Request
    from portcall.testing.wire import Kind

_TEXTS = {
    "MANIFEST_UNKNOWN": "manifest unknown",
    "NAME_UNKNOWN": "repository name not known to registry",
    "BLOB_UNKNOWN": "blob unknown to registry",
}


class Distribution:
    """Answers what begins with ``/v2``.

    Attributes:
        registry: The fake registry that has the manifests and blobs.
        auth: Its door.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self.auth = QuayAuth(site)
        self.registry = FakeRegistry(auth=self.auth)
        self.registry.store.repositories = site.catalogue.store.repositories

    def understood(self, request: Request) -> Request:
        """Return the request with what it asks for; the token endpoint is ``/v2/auth``."""
        if request.path == "/v2/auth":
            return replace(request, kind="token")
        found = understood(request)
        return request if found.kind == "token" else found

    def answer(self, request: Request) -> Reply:
        """Return the answer to an understood request."""
        if request.kind in {"token", "other"} or request.method not in {"GET", "HEAD"}:
            return self.registry.answer(request)
        refusal = self.auth.guard(request)
        if refusal is not None:
            return refusal
        if request.repository and request.repository not in self._site.catalogue.repositories:
            return registry_error(404, "NAME_UNKNOWN", "repository not found")
        answers: dict[Kind, Callable[[Request], Reply]] = {
            "ping": self._ping,
            "catalog": self._catalog,
            "tags": self._tags,
            "manifest": self._manifest,
            "referrers": self._referrers,
        }
        return answers.get(request.kind, self._pass_on)(request)

    def _pass_on(self, request: Request) -> Reply:
        reply = self.registry.answer(request)
        if reply.code not in _TEXTS:
            return reply
        return registry_error(reply.status, reply.code, _TEXTS[reply.code])

    def _ping(self, request: Request) -> Reply:
        """``true``, whether it is 200 or 401; the challenge stands on both."""
        status = 200 if self.auth.has_token(request) else 401
        headers = {"Content-Type": "text/html; charset=utf-8", **self.auth.challenge(request)}
        return Reply(status=status, headers=headers, body=b"true")

    def _manifest(self, request: Request) -> Reply:
        if ":" in request.reference:
            return self._pass_on(request)
        repository = self._site.catalogue.repositories[request.repository]
        row = repository.find(request.reference, self._site.clock())
        if row is not None:
            return self._pass_on(replace(request, reference=row.digest))
        if repository.had(request.reference):
            text = f"Tag {request.reference} was deleted or has expired. To pull, revive via time machine"
            return registry_error(404, "TAG_EXPIRED", text)
        return registry_error(404, "MANIFEST_UNKNOWN", "manifest unknown")

    def _tags(self, request: Request) -> Reply:
        """Names in order; ``n`` is cut to a hundred, and what is no number is a hundred, too."""
        names = sorted(row.name for row in self._alive(request.repository))
        last = (request.parameter("last") or "").strip()
        rest = [name for name in names if name > last]
        size = self._size(request, least=0)
        headers = {}
        if size and len(rest) > size:
            headers["Link"] = self._link(request, {"n": size, "last": rest[size - 1]})
        return json_reply({"name": request.repository, "tags": rest[:size]}, headers=headers)

    def _catalog(self, request: Request) -> Reply:
        """Nothing for strangers, unless the administrator wants it; paged by ``next_page``."""
        caller = self.auth.caller(request)
        visible: Sequence[str] = ()
        if self._site.options.public_catalog or not caller.is_anonymous:
            visible = [one.path for one in self._site.readable(caller)]
        start, size = start_of(request.parameter("next_page")), self._size(request, least=1)
        headers = {}
        if len(visible) > start + size:
            headers["Link"] = self._link(request, {"n": size, "next_page": token_for(start + size)})
        return json_reply({"repositories": list(visible[start : start + size])}, headers=headers)

    def _referrers(self, request: Request) -> Reply:
        """An unknown subject is 400, where the specification wants an empty index."""
        if not self._site.options.referrers:
            return aborted(404, "Not Found")
        found = self._site.catalogue.store.find(request.repository, request.reference)
        if found is None and request.reference.startswith("sha256:"):
            return registry_error(400, "MANIFEST_INVALID", "manifest invalid", "Manifest does not exist")
        return self._pass_on(request)

    def _alive(self, path: str) -> list[TagRow]:
        return self._site.catalogue.repositories[path].alive(self._site.clock())

    def _size(self, request: Request, *, least: int) -> int:
        most = self._site.options.tags_page
        try:
            wanted = int(request.parameter("n") or most)
        except ValueError:
            wanted = most
        return max(min(wanted, most), least)

    def _link(self, request: Request, query: dict[str, object]) -> str:
        return f'<{request.scheme}://{request.host}{request.path}?{urlencode(query)}>; rel="next"'
