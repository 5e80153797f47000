"""Token requests: what a token service is asked, and in which of the ways that it knows.

By GET, which shows a password by Basic authentication, nearly every token service answers. By POST, as
OAuth 2.0 has it, identity tokens are shown; and passwords where there is no GET. ``access_type=offline`` is
never asked for: some services break on it (regclient 9f6eb51), and it would leave us with a secret to keep.
"""

from __future__ import annotations

import asyncio
import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode

from portcall.http.realm import permitted_realm, token_url
from portcall.http.scope import scopes_to_ask
from portcall.http.token import refresh_token_of
from portcall.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Hashable

    from portcall.http.challenge import Challenge
    from portcall.http.origin import Origin
    from portcall.http.reply import Reply
    from portcall.http.upstream import Credentials, Upstream

#: Most token services and renewed identity tokens remembered at a time.
_MOST = 4096
#: What tells that a service does not know a way at all.
_UNKNOWN_WAY = frozenset({404, 405})
#: What identity tokens are answered where another way may work: 400 by ACR, 401 by Artifactory, 404 by
#: gcr.io, 405 by most (containerd's rule).
_UNKNOWN_GRANT = _UNKNOWN_WAY | {400, 401}


class Asker(Protocol):
    """Sends one bare request: no authentication, no redirects."""

    async def __call__(
        self, upstream: Upstream, url: str, authorization: str | None = None, form: str | None = None
    ) -> Reply:
        """Return the reply to a GET, or where there is a form to a POST; retried as any other request."""


class _Way(enum.Enum):
    """How credentials are shown to a token service."""

    IDENTITY_TOKEN = enum.auto()
    """POST, ``grant_type=refresh_token``."""
    BASIC = enum.auto()
    """GET, user and password by Basic authentication."""
    PASSWORD = enum.auto()
    """POST, ``grant_type=password``."""


@dataclass(frozen=True, slots=True)
class TokenQuestion:
    """What a token service is asked, apart from who asks.

    Args:
        realm: Its address, as the challenge has it.
        service: The challenge's ``service``.
        scopes: What the token is for.
    """

    realm: str
    service: str
    scopes: tuple[str, ...]

    @classmethod
    def of(cls, challenge: Challenge, scope: str, *, own_only: bool) -> TokenQuestion:
        """Return the question that a challenge leads to; see :func:`scopes_to_ask`."""
        scopes = scopes_to_ask(challenge["scope"], scope, own_only=own_only)
        return cls(challenge["realm"], challenge["service"], scopes)


@dataclass(frozen=True, slots=True)
class _Showing:
    """Credentials on their way to a token service, which was found to be one that may see them."""

    upstream: Upstream
    realm: str
    question: TokenQuestion
    credentials: Credentials

    @property
    def key(self) -> Hashable:
        return (self.upstream.registry, self.credentials.identity, self.realm)


@dataclass(slots=True)
class _Renewed:
    """The identity token that took another's place; empty where the other one counts again."""

    token: str = field(default="", repr=False)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class TokenRequests:
    """Asks token services.

    Args:
        ask: Sends the requests.
    """

    def __init__(self, ask: Asker) -> None:
        self._ask = ask
        self._proven: Recent[Hashable, _Way] = Recent(_MOST)
        self._renewed: Recent[Hashable, _Renewed] = Recent(_MOST)

    async def ask(self, upstream: Upstream, origin: Origin, question: TokenQuestion) -> Reply:
        """Return the reply to whoever comes along.

        Raises:
            BlockedError: The token service is not one that may be asked.
        """
        realm = permitted_realm(upstream, origin, question.realm, with_credentials=False)
        return await self._ask(upstream, token_url(realm, question.service, question.scopes))

    async def ask_as(
        self, upstream: Upstream, origin: Origin, question: TokenQuestion, credentials: Credentials
    ) -> Reply:
        """Return the reply to these credentials, shown in each way in turn until the service knows one.

        The way that led to a token is the first to be tried from then on.

        Raises:
            BlockedError: The token service is not one that may be asked, or may not see credentials.
        """
        realm = permitted_realm(upstream, origin, question.realm, with_credentials=True)
        showing = _Showing(upstream, realm, question, credentials)
        proven = self._proven.get(showing.key)
        refusals: list[Reply] = []
        for way in sorted(_ways(credentials), key=lambda way: way is not proven):
            reply = await self._show(way, showing)
            if reply.ok:
                self._proven.put(showing.key, way)
                return reply
            refusals.append(reply)
            if not _may_be_the_way(way, reply, proven):
                break
        # A way that is not there says nothing of the credentials.
        said = [reply for reply in refusals if reply.status not in _UNKNOWN_WAY]
        return said[-1] if said else refusals[0]

    async def _show(self, way: _Way, showing: _Showing) -> Reply:
        credentials, question = showing.credentials, showing.question
        if way is _Way.IDENTITY_TOKEN:
            return await self._show_identity_token(showing)
        if way is _Way.PASSWORD:
            user = {"username": credentials.username, "password": credentials.secret}
            return await self._post(showing, {"grant_type": "password", **user})
        url = token_url(showing.realm, question.service, question.scopes)
        return await self._ask(showing.upstream, url, credentials.authorization)

    async def _show_identity_token(self, showing: _Showing) -> Reply:
        original = showing.credentials.identity_token
        if self._renewed.get(showing.key) is None:
            reply = await self._refresh(showing, original)
            if reply.status not in {400, 401} or self._renewed.get(showing.key) is None:
                return reply
        # A service that renews them may take each but once: from now on it is one request at a time.
        renewed = self._renewed.get(showing.key) or _Renewed()
        async with renewed.turn:
            shown = renewed.token or original
            reply = await self._refresh(showing, shown)
            if reply.status in {400, 401} and shown != original:
                renewed.token = ""
                reply = await self._refresh(showing, original)
            return reply

    async def _refresh(self, showing: _Showing, token: str) -> Reply:
        reply = await self._post(showing, {"grant_type": "refresh_token", "refresh_token": token})
        successor = refresh_token_of(reply) if reply.ok else ""
        if successor and successor != token:
            renewed = self._renewed.get(showing.key) or _Renewed()
            renewed.token = successor
            self._renewed.put(showing.key, renewed)
        return reply

    async def _post(self, showing: _Showing, grant: dict[str, str]) -> Reply:
        question = showing.question
        wanted = {"service": question.service, "scope": " ".join(question.scopes)}
        form = {**grant, **{name: value for name, value in wanted.items() if value}, "client_id": "portcall"}
        return await self._ask(showing.upstream, token_url(showing.realm, "", ()), None, urlencode(form))


def has_password(credentials: Credentials) -> bool:
    """Tell whether the credentials can be shown by Basic authentication; an empty password is one, too."""
    return bool(credentials.secret) or not credentials.identity_token


def _ways(credentials: Credentials) -> list[_Way]:
    ways = [_Way.IDENTITY_TOKEN] if credentials.identity_token else []
    return [*ways, _Way.BASIC, _Way.PASSWORD] if has_password(credentials) else ways


def _may_be_the_way(way: _Way, reply: Reply, proven: _Way | None) -> bool:
    """Tell whether a refusal may be due to the way: once that one worked, 404 is about something else."""
    if way is _Way.IDENTITY_TOKEN:
        return reply.status in _UNKNOWN_GRANT
    return reply.status == 405 or (reply.status == 404 and way is not proven)
