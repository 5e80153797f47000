"""api.github.com, as much of it as a gateway to packages needs."""

from __future__ import annotations

import hashlib
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.doubles.ghcr import routes
from tests.doubles.ghcr.call import Call
from tests.doubles.ghcr.credential import sent_token
from tests.doubles.ghcr.extract import Extract
from tests.doubles.ghcr.hostile import is_hostile_to_api
from tests.doubles.ghcr.limits import RateLimits, Resource
from tests.doubles.ghcr.refusals import RefusedError, api_refusal
from tests.doubles.ghcr.settings import Settings

from portcall.testing import OpenAccess, RecordedRequest, Reply
from portcall.testing.asgi import deliver, live, read_request
from portcall.testing.quirk import ArmedQuirk, Context
from portcall.testing.server import Serving
from portcall.testing.store import Store
from portcall.testing.wire import json_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.doubles.ghcr.catalogue import Catalogue
    from tests.doubles.ghcr.credential import Credential

    from portcall.testing import Request
    from portcall.testing.asgi import Receive, Scope, Send
    from portcall.testing.quirk import Quirk

_VERSIONS = ("2022-11-28", "2026-03-10")
_LINK = re.compile(r"<https?://[^/>]+(/[^>]*)>")
_NO_AGENT = (
    b"\nRequest forbidden by administrative rules. Please make sure your request has a User-Agent header "
    b"(https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). "
    b"Check https://developer.github.com for other possible causes.\n"
)


class GitHubApi(Serving):
    """The REST API.

    Attributes:
        requests: Every request, in order.
        hostile: Those of them whose path means to leave its place; all were answered 404.
        violations: What was asked against the published description, a sentence each.
        limits: What callers may still ask.
        settings: Its switches.
        extract: The description; ``None`` where the file is missing.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        anonymous_limit: int = 60,
        token_limit: int = 5000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self.catalogue = catalogue
        self.limits = RateLimits(anonymous=anonymous_limit, token=token_limit, clock=clock)
        self.settings = Settings()
        self.extract = Extract.load()
        self.requests: list[RecordedRequest] = []
        self.violations: list[str] = []
        self._given: set[str] = set()
        self._quirks: list[ArmedQuirk] = []

    @property
    def hostile(self) -> list[RecordedRequest]:
        """Requests whose path means to leave its place."""
        return [request for request in list(self.requests) if is_hostile_to_api(request.path)]

    def forget(self) -> None:
        """Forget all requests and violations; allowances stay spent."""
        self.requests.clear()
        self.violations.clear()

    # How it misbehaves: as a FakeRegistry does

    def add(self, *quirks: Quirk) -> None:
        """Misbehave from now on."""
        self._quirks += [ArmedQuirk(quirk) for quirk in quirks]

    def clear_quirks(self) -> None:
        """Behave again."""
        self._quirks = []

    @contextmanager
    def misbehaving(self, *quirks: Quirk) -> Iterator[GitHubApi]:
        """Misbehave within a ``with`` block only."""
        before = self._quirks
        self._quirks = [*before, *(ArmedQuirk(quirk) for quirk in quirks)]
        try:
            yield self
        finally:
            self._quirks = before

    def fired(self, kind: type[Quirk]) -> int:
        """Return how often the quirks of a class showed."""
        return sum(armed.fired for armed in self._quirks if isinstance(armed.quirk, kind))

    # Answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Speak ASGI."""
        if scope["type"] == "lifespan":
            await live(receive, send)
            return
        request = await read_request(scope, receive)
        self._check(request)
        reply = self.answer(request)
        for armed in self._quirks:
            reply = armed.spoil(request, reply, Context(Store(), 0, OpenAccess()))
        self._given |= set(_LINK.findall(reply.header("Link") or ""))
        self.requests.append(RecordedRequest.of(request, reply.status))
        await deliver(reply, request, scope, receive, send)

    def answer(self, request: Request) -> Reply:
        """Return the answer of a GitHub in good health, without recording it."""
        if is_hostile_to_api(request.path):
            return api_refusal(404, "Not Found")
        if not request.headers.get("user-agent", "").strip():
            # Plain words, no JSON, no allowance spent (#fs-5661361333; text/html by GitHub's docs, #fs-127043308).
            return Reply(status=403, headers={"Content-Type": "text/html"}, body=_NO_AGENT)
        version = request.headers.get("x-github-api-version", _VERSIONS[0])
        if version not in _VERSIONS:
            return api_refusal(400, f"The API version {version!r} is not supported.")  # Its words [U].
        token = sent_token(request.headers.get("authorization", ""))
        credential = self.catalogue.credentials.get(token)
        reply = self._allowed(request, credential, bad=bool(token) and credential is None)
        about = {"X-GitHub-Media-Type": "github.v3; format=json", "x-github-api-version-selected": version}
        return reply.with_headers({**about, **_scopes(credential)})

    def _allowed(self, request: Request, credential: Credential | None, *, bad: bool) -> Reply:
        """Answer what a caller has an allowance for; bad credentials use that of the address."""
        resource = _resource(request.path)
        if request.path == "/rate_limit" and not bad:
            # Free (gh-rate).
            return self._rate_limit(request, credential).with_headers(self.limits.headers(credential, "core"))
        allowance = self.limits.allowance(credential, resource)
        if not allowance.remaining:
            refusal = self.limits.refusal(credential)
            return refusal.with_headers(self.limits.headers(credential, resource))
        reply = api_refusal(401, "Bad credentials") if bad else self._operate(request, credential)
        # 304 is free for whom has a token (docs.github.com, "Best practices").
        allowance.used += not (reply.status == 304 and credential is not None)
        return reply.with_headers(self.limits.headers(credential, resource))

    def _operate(self, request: Request, credential: Credential | None) -> Reply:
        found = routes.find(routes.by_name(request.path, self.catalogue))
        if found is None and self._is_documented(request):
            return api_refusal(501, "The double does not play this operation.")
        if found is None or request.method not in {"GET", "HEAD"}:
            return api_refusal(404, "Not Found")
        operation, arguments = found
        call = Call(
            request=request,
            arguments=arguments,
            credential=credential,
            catalogue=self.catalogue,
            settings=self.settings,
        )
        try:
            reply = operation(call)
        except RefusedError as refused:
            return refused.reply
        return _conditional(request, reply)

    def _rate_limit(self, request: Request, credential: Credential | None) -> Reply:
        resources = self.limits.overview(credential)
        document: dict[str, object] = {"resources": resources}
        if request.headers.get("x-github-api-version") != "2026-03-10":
            # gh-spec: removed with that version.
            document["rate"] = resources["core"]
        return _conditional(request, json_reply(document))

    def _is_documented(self, request: Request) -> bool:
        return self.extract is not None and not self.extract.violations(request)

    def _check(self, request: Request) -> None:
        # What a Link header said is followed to the letter, whatever it is.
        if self.extract is None or is_hostile_to_api(request.path) or request.target in self._given:
            return
        self.violations += self.extract.violations(request)


def _resource(path: str) -> Resource:
    if path == "/search/code":
        return "code_search"
    return "search" if path.startswith("/search/") else "core"


def _scopes(credential: Credential | None) -> dict[str, str]:
    """Return what answers to a classic token say of it; fine-grained ones get no such header (#fs-69131936347)."""
    if credential is None or credential.kind != "classic":
        return {}
    return {"X-OAuth-Scopes": ", ".join(sorted(credential.scopes))}


def _conditional(request: Request, reply: Reply) -> Reply:
    etag = f'W/"{hashlib.sha256(reply.body).hexdigest()}"'
    json = {"Content-Type": "application/json; charset=utf-8"}
    own = json if reply.header("Content-Type") == "application/json" else {}
    if etag in {known.strip() for known in request.headers.get("if-none-match", "").split(",")}:
        return Reply(status=304, headers={"ETag": etag})
    return reply.with_headers({**own, "ETag": etag})
