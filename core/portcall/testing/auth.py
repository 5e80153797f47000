"""How a fake registry asks for credentials: not at all, Basic, or bearer tokens."""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs

from portcall.testing.tokens import TokenBook
from portcall.testing.wire import Reply, Request, error_reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_REPOSITORY_KINDS = frozenset({"manifest", "blob", "tags", "referrers"})


class Auth(Protocol):
    """What guards a fake registry; a class of your own may do it, too."""

    def guard(self, request: Request) -> Reply | None:
        """Return a refusal, or ``None`` to let a request pass."""

    def token(self, request: Request) -> Reply:
        """Answer a request to the token endpoint."""


class OpenAccess:
    """No credentials asked for, and none looked at."""

    def guard(self, request: Request) -> Reply | None:
        """Let everything pass."""
        return None

    def token(self, request: Request) -> Reply:
        """There is no token endpoint."""
        return error_reply(404, "UNSUPPORTED", "no such endpoint")


class BasicAuth(OpenAccess):
    """Basic authentication for everything, as a self-run registry with an htpasswd file asks for it.

    Args:
        users: Passwords by user name.
        public: Patterns of repositories that anybody may read, e.g. ``["public/*"]``.
    """

    def __init__(self, users: Mapping[str, str], *, public: Sequence[str] = ()) -> None:
        self.users = dict(users)
        self.public = tuple(public)

    def guard(self, request: Request) -> Reply | None:
        """Refuse what has no right user and password."""
        if request.repository and _matches(request.repository, self.public):
            return None
        if _knows(self.users, basic_credentials(request)):
            return None
        return unauthorized('Basic realm="portcall.testing"')


class BearerAuth:
    """Bearer tokens from a token endpoint of the registry's own, ``/token``.

    Anybody gets a token; it allows what its owner may do. Like Docker Hub, the registry wants a token even
    where anybody may read.

    Args:
        users: Passwords by user name.
        public: Patterns of repositories that anybody may pull from: ``["library/*"]``.
        grants: Patterns of repositories by user; a user who is not named may pull from all.
        realm: Where the challenge sends clients; ``{scheme}`` and ``{host}`` stand for the request's own.
        service: The challenge's ``service``.
        ttl: Seconds that a token lives.
        announced: ``expires_in`` as announced, where that is not the truth.
        identity_tokens: User names by identity (refresh) token, for POST requests.
        post_status: Refuses OAuth2 POST requests with this status: 405 most, 404 gcr.io,
            401 Artifactory, 400 ACR (containerd falls back to GET on each).
        get_status: Refuses token requests by GET with this status, as a service that has POST alone.
        rotating: Takes each identity token once, and gives another one with the token that it led to.
        opaque: Tokens say nothing of themselves, as GHCR's; JWTs otherwise.
        challenge_public: ``False`` answers public repositories without any token, as Quay does.
        clock: Where the time comes from, in seconds since 1970.
    """

    def __init__(
        self,
        users: Mapping[str, str] | None = None,
        *,
        public: Sequence[str] = ("*",),
        grants: Mapping[str, Sequence[str]] | None = None,
        realm: str = "{scheme}://{host}/token",
        service: str = "portcall.testing",
        ttl: float = 300,
        announced: int | None = None,
        identity_tokens: Mapping[str, str] | None = None,
        post_status: int | None = None,
        get_status: int | None = None,
        rotating: bool = False,
        opaque: bool = False,
        challenge_public: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.users = dict(users or {})
        self.public = tuple(public)
        self.grants = {user: tuple(patterns) for user, patterns in (grants or {}).items()}
        self.realm = realm
        self.service = service
        self.ttl = ttl
        self.announced = announced
        self.identity_tokens = dict(identity_tokens or {})
        self.post_status = post_status
        self.get_status = get_status
        self.rotating = rotating
        self.opaque = opaque
        self.challenge_public = challenge_public
        self.tokens = TokenBook(clock)

    def revoke_tokens(self) -> None:
        """Let every token issued so far be refused, as if its time were over."""
        self.tokens.revoke_all()

    def guard(self, request: Request) -> Reply | None:
        """Refuse what carries no token, an expired one, or one that does not reach far enough."""
        scope = _needed_scope(request)
        if not self.challenge_public and scope and self._may("", scope):
            return None
        token = _bearer_token(request)
        if token is None:
            return unauthorized(self.challenge(request, scope))
        grant = self.tokens.grant(_unwrapped(token) if self.opaque else token)
        if grant is None:
            return unauthorized(self.challenge(request, scope, "invalid_token"))
        if scope and scope not in grant.scopes:
            return unauthorized(self.challenge(request, scope, "insufficient_scope"), scope)
        return None

    def challenge(self, request: Request, scope: str = "", error: str = "") -> str:
        """Return the ``WWW-Authenticate`` header for a request."""
        realm = self.realm.replace("{scheme}", request.scheme).replace("{host}", request.host)
        parts = {"realm": realm, "service": self.service, "scope": scope, "error": error}
        return "Bearer " + ",".join(f'{key}="{value}"' for key, value in parts.items() if value)

    def token(self, request: Request) -> Reply:
        """Issue a token for as much of the scope asked for as its user may have."""
        if request.method == "POST":
            return self._token_by_post(request)
        if request.method not in {"GET", "HEAD"} or self.get_status is not None:
            return error_reply(self.get_status or 405, "UNSUPPORTED", "the operation is unsupported")
        credentials = basic_credentials(request)
        if "authorization" in request.headers and not _knows(self.users, credentials):
            return unauthorized('Basic realm="portcall.testing"')
        user = credentials[0] if credentials else ""
        return self._issue(user, request.parameters.get("scope", []))

    def _token_by_post(self, request: Request) -> Reply:
        if self.post_status is not None:
            return error_reply(self.post_status, "UNSUPPORTED", "the operation is unsupported")
        form = {key: values[0] for key, values in parse_qs(request.body.decode("latin-1")).items()}
        user: str | None = None
        if form.get("grant_type") == "password":
            user = form.get("username", "")
            user = user if _knows(self.users, (user, form.get("password", ""))) else None
        elif form.get("grant_type") == "refresh_token":
            user = self.identity_tokens.get(form.get("refresh_token", ""))
        else:
            return json_reply({"error": "unsupported_grant_type"}, status=400)
        if user is None:
            return unauthorized('Basic realm="portcall.testing"')
        renewed = self._renew(form["refresh_token"]) if self.rotating and "refresh_token" in form else None
        return self._issue(user, [form.get("scope", "")], renewed)

    def _renew(self, identity_token: str) -> dict[str, str]:
        renewed = f"renewed-{secrets.token_hex(16)}"
        self.identity_tokens[renewed] = self.identity_tokens.pop(identity_token)
        return {"refresh_token": renewed}

    def _issue(self, user: str, asked: Iterable[str], renewed: Mapping[str, str] | None = None) -> Reply:
        scopes = [scope for value in asked for one in value.split() for scope in _single_scopes(one)]
        token = self.tokens.issue(user, (scope for scope in scopes if self._may(user, scope)), self.ttl)
        token = base64.urlsafe_b64encode(token.encode()).decode() if self.opaque else token
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.tokens.clock()))
        seconds = int(self.ttl) if self.announced is None else self.announced
        told = {"token": token, "access_token": token, "expires_in": seconds, "issued_at": now}
        return json_reply({**told, **(renewed or {})})

    def _may(self, user: str, scope: str) -> bool:
        kind, _, rest = scope.partition(":")
        name, _, action = rest.rpartition(":")
        if kind != "repository":
            return bool(user)
        if action == "pull" and _matches(name, self.public):
            return True
        return bool(user) and _matches(name, self.grants.get(user, ("*",)))


def unauthorized(challenge: str, scope: str = "") -> Reply:
    """Return 401 UNAUTHORIZED with a challenge, in the form that Docker Hub gives it."""
    name, _, action = scope.removeprefix("repository:").rpartition(":")
    detail = [{"Type": "repository", "Class": "", "Name": name, "Action": action}] if scope else None
    headers = {"WWW-Authenticate": challenge}
    return error_reply(401, "UNAUTHORIZED", "authentication required", detail=detail, headers=headers)


def insufficient_scope(request: Request, auth: Auth) -> Reply:
    """Return the refusal of a token that does not reach far enough, with ``auth``'s own challenge."""
    bearer = auth if isinstance(auth, BearerAuth) else BearerAuth()
    scope = _needed_scope(request)
    return unauthorized(bearer.challenge(request, scope, "insufficient_scope"), scope)


def basic_credentials(request: Request) -> tuple[str, str] | None:
    """Return user and password of a request with Basic authentication."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user, password


def _bearer_token(request: Request) -> str | None:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None


def _unwrapped(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token).decode()
    except ValueError:
        return ""


def _needed_scope(request: Request) -> str:
    if request.kind in _REPOSITORY_KINDS:
        return f"repository:{request.repository}:pull"
    return "registry:catalog:*" if request.kind == "catalog" else ""


def _single_scopes(scope: str) -> list[str]:
    head, _, actions = scope.rpartition(":")
    return [f"{head}:{action}" for action in actions.split(",") if action]


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _knows(users: Mapping[str, str], credentials: tuple[str, str] | None) -> bool:
    return credentials is not None and users.get(credentials[0]) == credentials[1]
