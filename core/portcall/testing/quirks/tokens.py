"""Quirks of challenges and of the token endpoint; they need :class:`portcall.testing.BearerAuth`."""

# ruff: noqa: D102 - what a quirk does, its class says.

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from portcall.testing.auth import insufficient_scope
from portcall.testing.quirk import Context, Quirk
from portcall.testing.wire import error_reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portcall.testing.wire import Kind, Reply, Request

_TOKEN: frozenset[Kind] = frozenset({"token"})


@dataclass(frozen=True)
class _TokenFields(Quirk):
    kinds: ClassVar[frozenset[Kind] | None] = _TOKEN
    changes: ClassVar[Mapping[str, Any]] = {}

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if reply.status != 200:
            return reply
        document = {**reply.document, **self.changes}
        kept = {key: value for key, value in document.items() if value is not None}
        return reply.with_body(json.dumps(kept).encode())


@dataclass(frozen=True)
class TokenWithoutExpiry(_TokenFields):
    """No ``expires_in`` and no ``issued_at``: by the documentation, 60 seconds.

    Seen: GHCR, Quay.
    """

    changes: ClassVar[Mapping[str, Any]] = {"expires_in": None, "issued_at": None}


@dataclass(frozen=True)
class TokenExpiryZero(_TokenFields):
    """``"expires_in": 0``."""

    changes: ClassVar[Mapping[str, Any]] = {"expires_in": 0}


@dataclass(frozen=True)
class AccessTokenOnly(_TokenFields):
    """``access_token`` and no ``token``.

    Docker's token documentation allows either name, for OAuth 2.0's sake.
    """

    changes: ClassVar[Mapping[str, Any]] = {"token": None}


@dataclass(frozen=True)
class TokenOnly(_TokenFields):
    """``token`` and nothing else.

    Seen: Quay.
    """

    changes: ClassVar[Mapping[str, Any]] = {"access_token": None, "expires_in": None, "issued_at": None}


@dataclass(frozen=True)
class SkewedIssuedAt(_TokenFields):
    """``issued_at`` by a clock that is years behind: a client that adds ``expires_in`` to it never caches."""

    changes: ClassVar[Mapping[str, Any]] = {"issued_at": "2001-01-01T00:00:00Z"}


@dataclass(frozen=True)
class EmptyToken(_TokenFields):
    """A success without any token in it."""

    changes: ClassVar[Mapping[str, Any]] = {"token": "", "access_token": ""}


@dataclass(frozen=True)
class TokenRefusedForMissing(Quirk):
    """The token endpoint itself refuses what does not exist.

    Seen: GHCR: 403 for a package that does not exist, 401 for a private one (openai/tunnel-client#75).
    """

    status: int = 403

    kinds: ClassVar[frozenset[Kind] | None] = _TOKEN

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        scopes = [scope for value in request.parameters.get("scope", []) for scope in value.split()]
        names = {scope.split(":")[1] for scope in scopes if scope.startswith("repository:")}
        if names <= set(context.store.repositories):
            return reply
        return error_reply(self.status, "DENIED", "requested access to the resource is denied")


@dataclass(frozen=True)
class BadCredentialsForbidden(Quirk):
    """Wrong credentials are answered 403, without a challenge, though anybody may read.

    Seen: GHCR (renovate#11446).
    """

    kinds: ClassVar[frozenset[Kind] | None] = _TOKEN

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if reply.status != 401 or "authorization" not in request.headers:
            return reply
        return error_reply(403, "DENIED", "denied")


@dataclass(frozen=True)
class NoChallenge(Quirk):
    """401 comes without ``WWW-Authenticate``, except from ``/v2/`` itself.

    Seen: gcr.io; Harbor 2.7 for referrers (#18305). A client goes on with the challenge of ``/v2/``.
    """

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if reply.status != 401 or request.kind == "ping" or reply.header("WWW-Authenticate") is None:
            return reply
        return reply.with_headers({"WWW-Authenticate": None})


@dataclass(frozen=True)
class PlaceholderScope(Quirk):
    """The challenge of ``/v2/`` carries a scope that means nothing.

    Seen: GHCR (``repository:user/image:pull``).
    """

    scope: str = "repository:user/image:pull"

    kinds: ClassVar[frozenset[Kind] | None] = frozenset({"ping"})

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        challenge = reply.header("WWW-Authenticate")
        if challenge is None:
            return reply
        return reply.with_headers({"WWW-Authenticate": f'{challenge},scope="{self.scope}"'})


@dataclass(frozen=True)
class InsufficientScope(Quirk):
    """Every token is refused as not reaching far enough, however fresh.

    Seen: Docker Hub for private repositories (meta-scripts#33): a client that asks again loops.
    """

    kinds: ClassVar[frozenset[Kind] | None] = frozenset({"manifest", "blob", "tags", "referrers", "catalog"})

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        return insufficient_scope(request, context.auth)


@dataclass(frozen=True)
class SeveralChallenges(Quirk):
    """Basic and Bearer are both offered: in one header, or in two.

    HTTP allows both; a parser that takes the first scheme, or the first header, misses the other.
    """

    one_header: bool = False

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        challenge = reply.header("WWW-Authenticate")
        if challenge is None or not challenge.startswith("Bearer"):
            return reply
        basic = 'Basic realm="a, \\"quoted\\" realm"'
        joined = f"{basic}, {challenge}" if self.one_header else f"{basic}\n{challenge}"
        return reply.with_headers({"WWW-Authenticate": joined})
