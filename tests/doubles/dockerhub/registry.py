"""registry-1.docker.io and auth.docker.io: the fake registry, with Docker Hub's rules about who may pull."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qs, quote, urlencode

from tests.doubles.dockerhub.accounts import Caller, account_uuid
from tests.doubles.dockerhub.limits import CALLERS_ADDRESS

from portcall.testing import FakeRegistry, RecordedRequest
from portcall.testing.answers import understood
from portcall.testing.auth import basic_credentials, unauthorized
from portcall.testing.quirk import Context, Quirk
from portcall.testing.tokens import TokenBook
from portcall.testing.wire import Reply, Request, error_reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.doubles.dockerhub.accounts import Accounts
    from tests.doubles.dockerhub.catalogue import Catalogue
    from tests.doubles.dockerhub.limits import PullLimit

    from portcall.testing.wire import Kind

#: reg-spec.
SERVICE = "registry.docker.io"
#: exp − iat of a token of 2018: forums.docker.com/t/45368.
_LIFETIME = 300


class HubAuth:
    """The token service, and the registry's guard.

    Attributes:
        realm: Where challenges send clients.
    """

    def __init__(self, accounts: Accounts, catalogue: Catalogue, clock: Callable[[], float]) -> None:
        self.realm = "https://auth.docker.io/token"
        self.tokens = TokenBook(clock)
        self._accounts, self._catalogue = accounts, catalogue

    # The token service

    def token(self, request: Request) -> Reply:
        """Answer ``GET /token`` and ``POST /token``: reg-spec ``auth.md``."""
        caller: Caller | None = None
        credentials = _form_credentials(request) if request.method == "POST" else basic_credentials(request)
        if credentials is not None or "authorization" in request.headers:
            caller = self._signed_in(credentials)
            if caller is None:
                # Quoted by many, e.g. #fs-4545048373 (go-containerregistry), #fs-63642306531.
                return json_reply({"details": "incorrect username or password"}, status=401)
        form = parse_qs(request.body.decode("latin-1")) if request.method == "POST" else request.parameters
        scopes = [one for value in form.get("scope", []) for one in _single_scopes(value)]
        allowed = [scope for scope in scopes if self._may(caller, scope)]
        # A token for another service is issued, and then refused as invalid: docker/docs#11662.
        lifetime = _LIFETIME if form.get("service", [""])[0] == SERVICE else 0
        token = self.tokens.issue(caller.name if caller else "", allowed, lifetime)
        issued = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.tokens.clock()))
        return json_reply({"token": token, "access_token": token, "expires_in": _LIFETIME, "issued_at": issued})

    def _signed_in(self, credentials: tuple[str, str] | None) -> Caller | None:
        # With a second factor the password does not do, there is nobody to ask for a code (reg-spec: use a PAT).
        found = self._accounts.sign_in(*credentials) if credentials else None
        return found if isinstance(found, Caller) else None

    def _may(self, caller: Caller | None, scope: str) -> bool:
        """Grant the intersection; nothing of what does not exist (ci-err), and no catalog (ci-client)."""
        kind, _, rest = scope.partition(":")
        path, _, action = rest.rpartition(":")
        namespace, _, name = path.partition("/")
        namespaces = caller.namespaces if caller else frozenset[str]()
        if kind != "repository" or self._catalogue.find(namespace, name, namespaces) is None:
            return False
        return action == "pull" or namespace in namespaces

    # The registry's guard

    def guard(self, request: Request) -> Reply | None:
        """Refuse what carries no token, an old one, or one that does not reach; ``None`` lets pass."""
        scope = _needed(request)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return unauthorized(self._challenge(scope), scope if request.repository else "")
        grant = self.tokens.grant(token)
        if grant is None:
            return unauthorized(self._challenge(scope, "invalid_token"), scope if request.repository else "")
        if scope and scope not in grant.scopes:
            # Missing or private, it is the same: 401 with a fresh token (recorded, ci-err).
            return unauthorized(self._challenge(scope, "insufficient_scope"), scope)
        return None

    def user(self, request: Request) -> str:
        """Return who asks the registry; ``""`` for anybody."""
        grant = self.tokens.grant(request.headers.get("authorization", "").partition(" ")[2])
        return grant.user if grant else ""

    def _challenge(self, scope: str, error: str = "") -> str:
        parts = {"realm": self.realm, "service": SERVICE, "scope": scope, "error": error}
        return "Bearer " + ",".join(f'{key}="{value}"' for key, value in parts.items() if value)


@dataclass(frozen=True)
class AbsoluteOpaqueLink(Quirk):
    """The next page of tags is an absolute address with an opaque ``last``.

    Source: dependabot's fixture ``registry_pagination_headers.next_link.json``, 2019; that tags page by
    ``n``, and come in one answer without it: Meziantou.Framework#2190 (2026-08), raptor#495.
    """

    kinds: ClassVar[frozenset[Kind] | None] = frozenset({"tags"})

    def adjust(self, request: Request) -> Request:
        """Read the ``last`` of our own links; a tag's name does as well (dist)."""
        known = {name: values[0] for name, values in request.parameters.items()}
        if known.get("last", "").startswith("~"):
            known["last"] = base64.urlsafe_b64decode(known["last"][1:]).decode()
        return replace(request, query=urlencode(known))

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        """Write the link anew."""
        if reply.header("Link") is None:
            return reply
        last = "~" + base64.urlsafe_b64encode(reply.document["tags"][-1].encode()).decode()
        query = f"last={quote(last, safe='')}&n={request.parameter('n')}"
        return reply.with_headers(
            {"Link": f'<{request.scheme}://{request.host}{request.path}?{query}>; rel="next"'}
        )


class HubRegistry:
    """What answers at registry-1.docker.io and, alike, under index.docker.io's ``/v2/``.

    Attributes:
        registry: What it holds, and the quirks to add; its ``requests`` and ``metered`` count, too.
    """

    def __init__(self, auth: HubAuth, pulls: PullLimit) -> None:
        self.registry = FakeRegistry(auth=auth, quirks=[AbsoluteOpaqueLink()])
        self._auth, self._pulls = auth, pulls

    def answer(self, request: Request) -> Reply:
        """Return the answer to a request, its pull counted."""
        asked = understood(request)
        if asked.kind == "token":
            return error_reply(404, "UNSUPPORTED", "no such endpoint")
        user = self._auth.user(asked)
        source = account_uuid(user) if user else CALLERS_ADDRESS
        reply = self._pulls.metered(asked, self.registry.answer(asked), user, source)
        self.registry.requests.append(RecordedRequest.of(asked, reply.status))
        self.registry.metered += asked.kind == "manifest" and asked.method == "GET" and reply.status == 200
        return reply


def _needed(request: Request) -> str:
    if request.repository:
        return f"repository:{request.repository}:pull"
    return "registry:catalog:*" if request.kind == "catalog" else ""


def _single_scopes(value: str) -> Iterator[str]:
    for one in value.split():
        head, _, actions = one.rpartition(":")
        yield from _each(head, actions.split(","))


def _each(head: str, actions: Iterable[str]) -> Iterator[str]:
    return (f"{head}:{action}" for action in actions if action)


def _form_credentials(request: Request) -> tuple[str, str] | None:
    form = {name: values[0] for name, values in parse_qs(request.body.decode("latin-1")).items()}
    if form.get("grant_type") != "password":
        return None
    return form.get("username", ""), form.get("password", "")
