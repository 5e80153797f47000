"""Authentication as registries do it: Basic, and bearer tokens from a token service.

What may go where (SPEC §8): credentials go to the registry that they belong to and to its own token
service, over https unless that registry's own endpoint is configured with http. A redirect's target is
asked as a stranger: anonymously, whatever it demands.

Credentials that are refused are not sent again for a minute, and what they were sent for is asked
anonymously: what anybody may read is the same for everybody, and :meth:`Authenticator.warnings` tells of it.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from portcall.http.challenge import Challenge, preferred_challenge
from portcall.http.flight import Flights
from portcall.http.realm import permitted_realm, token_url
from portcall.http.token import Token, token_failure
from portcall.http.unauthorized import needed_credentials, refused_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from portcall.http.origin import Origin
    from portcall.http.reply import Reply
    from portcall.http.upstream import Credentials, Upstream

#: Most tokens, challenges and refusals held at a time.
_MOST = 4096
#: Seconds that refused credentials are left in peace: guessing on locks accounts.
_REFUSED_SECONDS = 60.0
MAX_TOKEN_BYTES = 64 * 1024

_Kept = TypeVar("_Kept")


class Asker(Protocol):
    """Sends one bare GET: no authentication, no redirects."""

    async def __call__(self, upstream: Upstream, url: str, authorization: str | None) -> Reply:
        """Return the reply, retried as any other request."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """What a request carries.

    Args:
        header: The ``Authorization`` header, if any.
        asked: What the token service was just asked for this very request; ``None`` where it was not.
    """

    header: str | None = field(default=None, repr=False)
    asked: Hashable = None


class Authenticator:
    """Finds the ``Authorization`` for a request, before it is sent or after a 401.

    Args:
        ask: Sends the token requests, through the same guard as everything else.
        clock: Where the time comes from, in seconds; never set back.
    """

    def __init__(self, ask: Asker, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._tokens: OrderedDict[Hashable, tuple[Token, float]] = OrderedDict()
        self._challenges: OrderedDict[Hashable, Challenge] = OrderedDict()
        self._refused: OrderedDict[Hashable, float] = OrderedDict()
        self._passed_over: OrderedDict[Hashable, float] = OrderedDict()
        self._flights: Flights[Token] = Flights()
        self._pings: Flights[Reply] = Flights()

    async def anticipate(self, upstream: Upstream, origin: Origin, scope: str) -> Authorization:
        """Return what this origin will want, as far as it is known, so that no 401 has to be paid for.

        Raises:
            UnauthorizedError: The token service refused the credentials.
            BlockedError: The token service is not one that may be asked.
        """
        challenge = self._challenges.get((upstream.registry, origin))
        if challenge is None and upstream.token_service and origin == upstream.origin:
            service = upstream.token_service
            challenge = Challenge("bearer", {"realm": service.realm, "service": service.service})
        if challenge is None:
            return Authorization()
        if challenge.scheme == "basic":
            credentials = self._credentials_for(upstream, origin)
            return Authorization(credentials.authorization if credentials else None)
        return await self._bearer(upstream, origin, challenge, scope) if scope else Authorization()

    async def answer(
        self, upstream: Upstream, origin: Origin, reply: Reply, scope: str, sent: Authorization
    ) -> Authorization | None:
        """Return what to send once more after a 401, or ``None`` where nothing else can be said.

        Args:
            upstream: The registry being asked.
            origin: Who answered 401.
            reply: That answer; where it offers nothing, what was offered before counts.
            scope: The scope that the request needs, where the challenge names none.
            sent: What was refused.

        Raises:
            UnauthorizedError: Credentials are needed and there are none, or they were refused.
            BlockedError: The token service is not one that may be asked.
        """
        challenge = await self._challenge_of(upstream, origin, reply)
        if challenge is None:
            return None
        if challenge.scheme == "basic":
            answer = self._basic_answer(upstream, origin, sent)
        else:
            answer = await self._bearer_answer(upstream, origin, challenge, scope, sent)
        if answer is not None:
            # Kept once it led to something: one bad answer must not spoil what follows.
            _remember(self._challenges, (upstream.registry, origin), challenge.without_scope())
        return answer

    def judge(self, upstream: Upstream, origin: Origin, sent: Authorization, reply: Reply) -> None:
        """Let a reply pass, unless it is a refusal that may be due to credentials which are not accepted.

        Raises:
            UnauthorizedError: It is. "Not found" would mislead: the right credentials may find it.
        """
        if upstream.credentials is None or origin != upstream.origin:
            return
        if reply.status == 401 and sent.header == upstream.credentials.authorization:
            self._doubt(upstream)
        if reply.status in {401, 403, 404} and self._is_refused(upstream):
            raise refused_credentials(upstream)

    def warnings(self, upstream: Upstream) -> tuple[str, ...]:
        """Return what the reader of an answer has to know about the credentials that it came by."""
        passed_over = self._passed_over.get(_owner(upstream), -math.inf) > self._clock()
        if not passed_over and not self._is_refused(upstream):
            return ()
        source = upstream.credentials.source if upstream.credentials else "configuration"
        return (f"{upstream.registry} refused the credentials from the {source}; it was asked anonymously",)

    async def aclose(self) -> None:
        """Stop what is under way."""
        await self._pings.aclose()
        await self._flights.aclose()

    async def _challenge_of(self, upstream: Upstream, origin: Origin, reply: Reply) -> Challenge | None:
        key = (upstream.registry, origin)
        challenge = _offered(reply) or self._challenges.get(key)
        if challenge is None and origin == upstream.origin:
            # gcr.io says 401 and nothing more; what /v2/ offers holds for all, but for its scope.
            ping = await self._pings.share(
                (key, upstream.endpoint), lambda: self._ask(upstream, f"{upstream.endpoint}/v2/", None)
            )
            challenge = _offered(ping)
            challenge = challenge.without_scope() if challenge else None
        return challenge

    async def _bearer_answer(
        self, upstream: Upstream, origin: Origin, challenge: Challenge, scope: str, sent: Authorization
    ) -> Authorization | None:
        key = self._token_key(upstream, origin, scope)
        if key in self._tokens and self._tokens[key][0].header == sent.header:
            # Only the token that was refused: another caller may have renewed it by now.
            del self._tokens[key]
        if sent.asked == _question(challenge, scope):
            # The service was asked for this very request; asking it again would change nothing.
            return None
        answer = await self._bearer(upstream, origin, challenge, scope)
        return None if answer.header in {None, sent.header} else answer

    def _basic_answer(self, upstream: Upstream, origin: Origin, sent: Authorization) -> Authorization | None:
        credentials = self._credentials_for(upstream, origin)
        if credentials is None:
            if origin != upstream.origin:
                return None
            raise refused_credentials(upstream) if upstream.credentials else needed_credentials(upstream)
        header = credentials.authorization
        if header != sent.header:
            return Authorization(header)
        self._doubt(upstream)
        return Authorization()

    async def _bearer(self, upstream: Upstream, origin: Origin, challenge: Challenge, scope: str) -> Authorization:
        key = self._token_key(upstream, origin, scope)
        token, end = self._tokens.get(key, (None, 0.0))
        if token is not None and end > self._clock():
            return Authorization(token.header)
        asked = _question(challenge, scope)
        token = await self._flights.share((key, asked), lambda: self._fetch(upstream, origin, challenge, scope))
        if token.header is not None:
            _remember(self._tokens, key, (token, self._clock() + token.lifetime))
        return Authorization(token.header, asked)

    async def _fetch(self, upstream: Upstream, origin: Origin, challenge: Challenge, scope: str) -> Token:
        """Ask the token service: with the credentials; and anonymously, where there are none or it minds."""
        credentials = self._credentials_for(upstream, origin)
        refused: Reply | None = None
        if credentials is not None:
            url = _token_url(upstream, origin, challenge, scope, with_credentials=True)
            refused = await self._ask(upstream, url, credentials.authorization)
            if refused.ok:
                return Token.read(refused, upstream)
            if refused.status not in {400, 401, 403}:
                raise token_failure(refused, upstream, url)
        url = _token_url(upstream, origin, challenge, scope, with_credentials=False)
        reply = await self._ask(upstream, url, None)
        if reply.ok:
            token = Token.read(reply, upstream)
            if refused is None:
                return token
            if refused.status == 401:
                self._doubt(upstream)
            else:
                # 400 and 403 may be about this one scope: elsewhere the credentials are as good as before.
                _remember(self._passed_over, _owner(upstream), self._clock() + _REFUSED_SECONDS)
            return replace(token, lifetime=min(token.lifetime, _REFUSED_SECONDS))
        if reply.status not in {400, 401, 403, 404}:
            raise token_failure(reply, upstream, url)
        if refused is not None and refused.status == 401:
            self._doubt(upstream)
            raise refused_credentials(upstream)
        # Nobody is given one. GHCR says so of what does not exist, and of what is hidden from these
        # credentials: the 401 that led here is the registry's answer.
        return Token(None)

    def _credentials_for(self, upstream: Upstream, origin: Origin) -> Credentials | None:
        """Return the credentials where ``origin`` is the registry's own and takes them; a stranger gets none."""
        return upstream.credentials if origin == upstream.origin and not self._is_refused(upstream) else None

    @staticmethod
    def _token_key(upstream: Upstream, origin: Origin, scope: str) -> Hashable:
        identity = upstream.identity if origin == upstream.origin else "anonymous"
        return (upstream.registry, origin, identity, scope)

    def _doubt(self, upstream: Upstream) -> None:
        _remember(self._refused, _owner(upstream), self._clock() + _REFUSED_SECONDS)

    def _is_refused(self, upstream: Upstream) -> bool:
        return self._refused.get(_owner(upstream), -math.inf) > self._clock()


def _owner(upstream: Upstream) -> Hashable:
    """Return whose credentials are meant."""
    return (upstream.registry, upstream.identity)


def _remember(held: OrderedDict[Hashable, _Kept], key: Hashable, value: _Kept) -> None:
    held[key] = value
    held.move_to_end(key)
    while len(held) > _MOST:
        held.popitem(last=False)


def _offered(reply: Reply) -> Challenge | None:
    return preferred_challenge(reply.headers.get("www-authenticate", ""))


def _scopes(challenge: Challenge, scope: str) -> list[str]:
    return (challenge["scope"] or scope).split()


def _question(challenge: Challenge, scope: str) -> Hashable:
    """Return what a token service is asked, apart from who asks."""
    return (challenge["realm"], challenge["service"], frozenset(_scopes(challenge, scope)))


def _token_url(
    upstream: Upstream, origin: Origin, challenge: Challenge, scope: str, *, with_credentials: bool
) -> str:
    realm = permitted_realm(upstream, origin, challenge["realm"], with_credentials=with_credentials)
    return token_url(realm, challenge["service"], _scopes(challenge, scope))
