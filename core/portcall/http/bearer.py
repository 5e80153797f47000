"""Bearer tokens: held while they live, asked for once by all who want the same, and never another's."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from portcall.http.flight import Flights
from portcall.http.realm import is_own_realm
from portcall.http.token import Token, is_barred, refuses_credentials, token_failure
from portcall.http.token_request import TokenQuestion, TokenRequests, has_password
from portcall.http.unauthorized import unanswered
from portcall.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from portcall.http.challenge import Challenge
    from portcall.http.doubt import Doubts
    from portcall.http.origin import Origin
    from portcall.http.reply import Reply
    from portcall.http.token_request import Asker
    from portcall.http.upstream import Credentials, Upstream

#: Most tokens held at a time.
_MOST = 4096


@dataclass(frozen=True, slots=True)
class Authorization:
    """What a request carries.

    Args:
        header: The ``Authorization`` header, if any.
        asked: What the token service was just asked for this very request; ``None`` where it was not.
    """

    header: str | None = field(default=None, repr=False)
    asked: TokenQuestion | None = None


@dataclass(frozen=True, slots=True)
class TokenNeed:
    """A request's need of a token.

    Args:
        upstream: The registry being asked.
        origin: Who wants a token: its endpoint, or where that redirected to.
        challenge: How it said so.
        scope: What the request itself needs.
        credentials: Whose token it is to be; ``None`` for anybody's.
    """

    upstream: Upstream
    origin: Origin
    challenge: Challenge
    scope: str
    credentials: Credentials | None

    @property
    def question(self) -> TokenQuestion:
        """What the token service is to be asked."""
        own_only = self.credentials is not None and not is_own_realm(self.origin, self.challenge["realm"])
        return TokenQuestion.of(self.challenge, self.scope, own_only=own_only)

    @property
    def key(self) -> Hashable:
        """The token's name among those that are held."""
        identity = self.credentials.identity if self.credentials else "anonymous"
        return (self.upstream.registry, self.origin, identity, self.scope)


class BearerTokens:
    """The tokens of all upstreams.

    Args:
        ask: Sends the token requests.
        doubts: What is known against credentials.
        clock: By which tokens end, in seconds; never set back.
    """

    def __init__(self, ask: Asker, doubts: Doubts, clock: Callable[[], float]) -> None:
        self._requests = TokenRequests(ask)
        self._doubts = doubts
        self._clock = clock
        self._held: Recent[Hashable, tuple[str, float]] = Recent(_MOST)
        self._flights: Flights[str | None] = Flights()

    async def get(self, need: TokenNeed) -> Authorization:
        """Return a token that is held, or a new one; without header where nobody is given any.

        Raises:
            UnauthorizedError: The token service refused the credentials, and anybody else.
            BlockedError: The token service is not one that may be asked.
        """
        header, end = self._held.get(need.key) or (None, -math.inf)
        if end > self._clock():
            return Authorization(header)
        question, credentials = need.question, need.credentials

        async def fetch() -> str | None:
            return await (self._own(need, credentials) if credentials else self._anybodys(need))

        return Authorization(await self._flights.share((need.key, question), fetch), question)

    async def instead_of(self, sent: Authorization, need: TokenNeed) -> Authorization | None:
        """Return another token than the one which was refused, or ``None`` where there is none to be had.

        Raises:
            UnauthorizedError: The token service refused the credentials, and anybody else.
            BlockedError: The token service is not one that may be asked.
        """
        header, _ = self._held.get(need.key) or (None, 0.0)
        if header is not None and header == sent.header:
            # Only the token that was refused: another caller may have renewed it by now.
            self._held.put(need.key, (header, -math.inf))
        if sent.asked == need.question:
            # The service was asked for this very request; asking it again would change nothing.
            return None
        answer = await self.get(need)
        return None if answer.header in {None, sent.header} else answer

    async def aclose(self) -> None:
        """Stop what is under way."""
        await self._flights.aclose()

    async def _anybodys(self, need: TokenNeed) -> str | None:
        """Return the header that anybody gets; ``None`` where nobody gets one.

        GHCR gives none for what does not exist, and for what is hidden; a service that has POST alone gives
        none at all. The 401 that led here is the registry's answer then.
        """
        reply = await self._requests.ask(need.upstream, need.origin, need.question)
        if reply.ok:
            return self._kept(need, reply)
        if reply.status not in {400, 401, 403, 404, 405} or is_barred(reply):
            raise token_failure(reply, need.upstream, need.question.realm)
        return None

    async def _own(self, need: TokenNeed, credentials: Credentials) -> str | None:
        """Return the header that the credentials get; what anybody gets, where the service minds them."""
        upstream = need.upstream
        async with self._doubts.trial(upstream):
            if not self._doubts.reason(upstream):
                reply = await self._requests.ask_as(upstream, need.origin, need.question, credentials)
                if reply.ok:
                    self._doubts.accept(upstream)
                    return self._kept(need, reply)
                self._blame(need, credentials, reply)
        # As anybody, under anybody's name: the minute of doubt over, the credentials get another chance.
        header = (await self.get(replace(need, credentials=None))).header
        if reason := self._doubts.reason(upstream):
            if header is None:
                raise unanswered(upstream, reason)
        elif header is not None:
            self._doubts.pass_over(upstream, need.scope)
        return header

    def _blame(self, need: TokenNeed, credentials: Credentials, refusal: Reply) -> None:
        """Find out what a refusal is due to.

        Raises:
            PortcallError: Neither the credentials nor what they were shown for.
        """
        without_post = refusal.status in {404, 405} and not has_password(credentials)
        if without_post or refuses_credentials(refusal):
            self._doubts.refuse(need.upstream)
        elif refusal.status not in {400, 403} or is_barred(refusal):
            raise token_failure(refusal, need.upstream, need.question.realm)
        # 400 and 403 may be about this one scope: elsewhere the credentials are as good as before.

    def _kept(self, need: TokenNeed, reply: Reply) -> str:
        token = Token.read(reply, need.upstream)
        self._held.put(need.key, (token.header, self._clock() + token.lifetime))
        return token.header
