"""Authentication as registries do it: Basic, and bearer tokens from a token service.

What may go where (SPEC §8): credentials go to the registry that they belong to and to its own token
service, over https unless that registry's own endpoint is configured with http. A redirect's target is
asked as a stranger: anonymously, whatever it demands.
"""

from __future__ import annotations

import base64
import json
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import urlencode, urlsplit, urlunsplit

from portcall.errors import BlockedError, RateLimitedError, UnauthorizedError, UnavailableError, UpstreamError
from portcall.http.challenge import Challenge
from portcall.http.flight import Flights
from portcall.http.origin import Origin
from portcall.http.retry import retry_after

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from portcall.http.reply import Reply
    from portcall.http.upstream import Credentials, Upstream

#: Seconds that a token lives when its service does not say (Docker's token specification).
DEFAULT_LIFETIME = 60.0
#: Seconds before its end at which a token counts as spent.
_MARGIN = 5.0
#: Most tokens, and most challenges, held at a time.
_MOST = 4096
MAX_TOKEN_BYTES = 64 * 1024


_Kept = TypeVar("_Kept")


class Asker(Protocol):
    """Sends one bare GET: no authentication, no redirects."""

    async def __call__(self, upstream: Upstream, url: str, authorization: str | None) -> Reply:
        """Return the reply, retried as any other request."""


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    expires: float


class Authenticator:
    """Finds the ``Authorization`` for a request, before it is sent or after a 401.

    Args:
        ask: Sends the token requests, through the same guard as everything else.
    """

    def __init__(self, ask: Asker) -> None:
        self._ask = ask
        self._tokens: OrderedDict[Hashable, _Token] = OrderedDict()
        self._challenges: OrderedDict[Hashable, Challenge] = OrderedDict()
        self._flights: Flights[_Token | None] = Flights()

    async def anticipate(self, upstream: Upstream, origin: Origin, scope: str) -> str | None:
        """Return what this origin will want, as far as it is known, so that no 401 has to be paid for.

        Raises:
            UnauthorizedError: The token service refused the credentials.
        """
        challenge = self._challenges.get((upstream.registry, origin))
        if challenge is None and upstream.token_service and origin == upstream.origin:
            service = upstream.token_service
            challenge = Challenge("bearer", {"realm": service.realm, "service": service.service})
        if challenge is None:
            return None
        credentials = _credentials_for(upstream, origin)
        if challenge.scheme == "basic":
            return _basic(credentials) if credentials else None
        return await self._bearer(upstream, origin, challenge, scope) if scope else None

    async def answer(
        self,
        upstream: Upstream,
        origin: Origin,
        challenges: Sequence[Challenge],
        scope: str,
        refused: str | None,
    ) -> str | None:
        """Return the ``Authorization`` that a 401 asks for, or ``None`` where there is none to give.

        Args:
            upstream: The registry being asked.
            origin: Who answered 401.
            challenges: What it offers; where it offers nothing, what it offered last counts.
            scope: The scope that the request needs, where the challenge names none.
            refused: The ``Authorization`` that was just refused.

        Raises:
            UnauthorizedError: Credentials are needed and there are none, or they were refused.
            BlockedError: The token service is not one that may be asked.
        """
        known = self._challenges.get((upstream.registry, origin))
        challenge = _preferred(challenges) or known
        if challenge is None:
            return None
        _remember(self._challenges, (upstream.registry, origin), _without_scope(challenge))
        if challenge.scheme == "basic":
            return _basic_or_refuse(upstream, origin, refused)
        self._tokens.pop(_token_key(upstream, origin, scope), None)
        return await self._bearer(upstream, origin, challenge, scope)

    async def _bearer(self, upstream: Upstream, origin: Origin, challenge: Challenge, scope: str) -> str | None:
        key = _token_key(upstream, origin, scope)
        token = self._tokens.get(key)
        if token is None or token.expires <= time.monotonic():
            token = await self._flights.share(
                (key, challenge["scope"]), lambda: self._fetch(upstream, origin, challenge, scope)
            )
            if token is None:
                return None
            _remember(self._tokens, key, token)
        return f"Bearer {token.value}"

    async def _fetch(self, upstream: Upstream, origin: Origin, challenge: Challenge, scope: str) -> _Token | None:
        credentials = _credentials_for(upstream, origin)
        realm = _permitted_realm(upstream, origin, challenge["realm"], bool(credentials))
        query = [("service", challenge["service"])] if challenge["service"] else []
        query += [("scope", each) for each in (challenge["scope"] or scope).split()]
        url = f"{realm}{'&' if urlsplit(realm).query else '?'}{urlencode(query)}" if query else realm
        reply = await self._ask(upstream, url, _basic(credentials) if credentials else None)
        if reply.ok:
            return _read_token(reply, upstream)
        if reply.status in {400, 401, 403, 404} and credentials is None:
            # Anonymous callers are refused in every way: the 401 that led here is the registry's answer.
            return None
        raise _token_failure(reply, upstream, realm)


def _remember(held: OrderedDict[Hashable, _Kept], key: Hashable, value: _Kept) -> None:
    held[key] = value
    held.move_to_end(key)
    while len(held) > _MOST:
        held.popitem(last=False)


def _token_key(upstream: Upstream, origin: Origin, scope: str) -> Hashable:
    credentials = _credentials_for(upstream, origin)
    return (upstream.registry, origin, credentials.identity if credentials else "anonymous", scope)


def _credentials_for(upstream: Upstream, origin: Origin) -> Credentials | None:
    """Return the upstream's credentials where ``origin`` is its own endpoint; a stranger gets none."""
    return upstream.credentials if origin == upstream.origin else None


def _preferred(challenges: Sequence[Challenge]) -> Challenge | None:
    for scheme in ("bearer", "basic"):
        for challenge in challenges:
            if challenge.scheme == scheme and (scheme == "basic" or challenge["realm"]):
                return challenge
    return None


def _without_scope(challenge: Challenge) -> Challenge:
    """Return what of a challenge holds for the next repository too."""
    kept = {name: value for name, value in challenge.parameters.items() if name in {"realm", "service"}}
    return Challenge(challenge.scheme, kept)


def _basic(credentials: Credentials) -> str:
    pair = f"{credentials.username}:{credentials.secret}".encode()
    return f"Basic {base64.b64encode(pair).decode('ascii')}"


def _basic_or_refuse(upstream: Upstream, origin: Origin, refused: str | None) -> str | None:
    credentials = _credentials_for(upstream, origin)
    if credentials is None and origin == upstream.origin:
        raise UnauthorizedError(
            f"{upstream.registry} wants a user name and a password",
            hint=f'Configure username and password_env under [registries."{upstream.registry}"].',
            registry=upstream.registry,
        )
    header = _basic(credentials) if credentials else None
    if header is not None and header == refused:
        raise _refused_credentials(upstream)
    return header


def _refused_credentials(upstream: Upstream) -> UnauthorizedError:
    source = upstream.credentials.source if upstream.credentials else "configuration"
    return UnauthorizedError(
        f"{upstream.registry} refused the credentials from the {source}",
        hint="Check user name and password; they may have expired or been revoked.",
        registry=upstream.registry,
    )


def _permitted_realm(upstream: Upstream, origin: Origin, realm: str, with_credentials: bool) -> str:
    """Return the URL to ask for a token.

    Raises:
        BlockedError: The realm is no http(s) URL, would downgrade https, or is not one that may receive
            these credentials.
    """
    target = Origin.of(realm)
    if target is not None and target.scheme == "http" and origin.scheme == "https":
        # Harbor behind a TLS proxy names itself by http: the same host is asked by https instead.
        if target.host != origin.host:
            target = None
        else:
            realm = urlunsplit(urlsplit(realm)._replace(scheme="https", netloc=origin.netloc))
            target = origin
    if target is None:
        raise BlockedError(
            f"{upstream.registry} names a token service that may not be asked",
            hint="Its realm is no https URL; the registry is misconfigured, or up to no good.",
            registry=upstream.registry,
        )
    if with_credentials and not _is_own_token_service(upstream, origin, target):
        raise BlockedError(
            f"{upstream.registry} sends for tokens to {target.netloc}, which may not receive its credentials",
            hint=f'If that is right, add "{target.netloc}" to auth_hosts of [registries."{upstream.registry}"].',
            registry=upstream.registry,
        )
    return realm


def _is_own_token_service(upstream: Upstream, origin: Origin, target: Origin) -> bool:
    if target == origin or any(target.is_named_by(host) for host in upstream.auth_hosts):
        return target.scheme == "https" or origin.scheme == "http"
    declared = Origin.of(upstream.token_service.realm) if upstream.token_service else None
    return target == declared


def _read_token(reply: Reply, upstream: Upstream) -> _Token:
    try:
        body = json.loads(reply.body)
        value = body.get("token") or body.get("access_token")
        told = body.get("expires_in")
    except (ValueError, AttributeError, RecursionError):
        value, told = None, None
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise UpstreamError(
            f"the token service of {upstream.registry} answered without a token",
            hint="Try again later; portcall doctor tells what the service says.",
            registry=upstream.registry,
        )
    is_number = isinstance(told, int | float) and not isinstance(told, bool)
    lifetime = max(float(told), DEFAULT_LIFETIME) if is_number and told > 0 else DEFAULT_LIFETIME
    # The local clock counts: `issued_at` is often skewed.
    return _Token(value, time.monotonic() + min(lifetime, 86400.0) - _MARGIN)


def _token_failure(reply: Reply, upstream: Upstream, realm: str) -> Exception:
    if reply.status in {400, 401, 403}:
        return _refused_credentials(upstream)
    target = Origin.of(realm)
    where = f"the token service {target.netloc if target else ''} of {upstream.registry}"
    if reply.status == 429:
        return RateLimitedError(
            f"{where} asks for a pause",
            hint="Wait, then ask again.",
            registry=upstream.registry,
            retry_after=retry_after(reply.headers),
        )
    kind = UnavailableError if reply.status >= 500 else UpstreamError
    return kind(f"{where} answered {reply.status}", hint="Try again later.", registry=upstream.registry)
