"""Authentication as registries do it: Basic, and bearer tokens from a token service.

What may go where (SPEC §8): credentials go to the registry that they belong to and to its own token
service, over https unless that registry's own endpoint is configured with http. A redirect's target is
asked as a stranger: anonymously, whatever it demands.

Credentials that are refused are not sent again for a minute, and neither are any whose time is over. What
they were for is asked anonymously, told so by :meth:`Authenticator.warnings`, and kept as anybody's:
:meth:`Authenticator.standing` says as whom an upstream is asked now.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from portcall.http.bearer import Authorization, BearerTokens, TokenNeed
from portcall.http.challenge import Challenge, preferred_challenge
from portcall.http.doubt import Doubts
from portcall.http.flight import Flights
from portcall.http.token_request import has_password
from portcall.http.unauthorized import needed_credentials, refused, unanswered
from portcall.recent import Recent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Hashable

    from portcall.http.origin import Origin
    from portcall.http.reply import Reply
    from portcall.http.token_request import Asker
    from portcall.http.upstream import Credentials, Upstream

#: Most challenges held at a time.
_MOST = 4096
MAX_TOKEN_BYTES = 64 * 1024


class Authenticator:
    """Finds the ``Authorization`` for a request, before it is sent or after a 401.

    Args:
        ask: Sends the token requests, through the same guard as everything else.
        clock: Where the time comes from, in seconds; never set back.
        now: The time in seconds since 1970, by which credentials end.
    """

    def __init__(
        self, ask: Asker, *, clock: Callable[[], float] = time.monotonic, now: Callable[[], float] = time.time
    ) -> None:
        self._ask = ask
        self._doubts = Doubts(clock, now)
        self._tokens = BearerTokens(ask, self._doubts, clock)
        self._challenges: Recent[Hashable, Challenge] = Recent(_MOST)
        self._pings: Flights[Reply] = Flights()

    def standing(self, upstream: Upstream, scope: str = "") -> Upstream:
        """Return ``upstream`` as it is asked now: itself, or anonymous where its credentials are not shown.

        Whatever is kept of an answer belongs to the identity of what this returns before the request is
        sent; and to nobody, where it returns another one after the answer: then credentials were refused
        on the way.
        """
        if upstream.credentials is None:
            return upstream
        reason = self._doubts.reason(upstream)
        if reason or self._doubts.is_passed_over(upstream, scope):
            return replace(upstream, credentials=None, source=None, problem=reason)
        return upstream

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
        credentials = self._credentials_for(upstream, origin, scope)
        if challenge.scheme == "basic":
            shown = credentials is not None and has_password(credentials)
            return Authorization(credentials.authorization if credentials and shown else None)
        if not scope:
            return Authorization()
        return await self._tokens.get(TokenNeed(upstream, origin, challenge, scope, credentials))

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
        challenge = await self._challenge_of(upstream, origin, reply, sent)
        if challenge is None:
            return None
        if challenge.scheme == "basic":
            answer = self._basic_answer(upstream, origin, scope, sent)
        else:
            credentials = self._credentials_for(upstream, origin, scope)
            need = TokenNeed(upstream, origin, challenge, scope, credentials)
            answer = await self._tokens.instead_of(sent, need)
        if answer is not None:
            # Kept once it led to something: one bad answer must not spoil what follows.
            self._challenges.put((upstream.registry, origin), challenge.without_scope())
        return answer

    @contextlib.asynccontextmanager
    async def showing(self, upstream: Upstream, meant: Authorization) -> AsyncIterator[Authorization]:
        """Enter the sending of what is ``meant``; what is shown instead, should it have been refused meanwhile.

        A password that was never accepted is shown by one caller at a time; :meth:`note` says what came of it.

        Raises:
            PortcallError: The registry was down, or asked for a pause, when another caller showed the password.
        """
        if not _shows_password(upstream, meant):
            yield meant
            return
        async with self._doubts.trial(upstream):
            yield Authorization() if self._doubts.reason(upstream) else meant

    def note(self, upstream: Upstream, shown: Authorization, reply: Reply) -> None:
        """Learn from the reply to a password that was shown whether it is accepted."""
        if not _shows_password(upstream, shown):
            return
        if reply.status < 400:
            self._doubts.accept(upstream)
        elif reply.status == 401 and ((offered := _offered(reply)) is None or offered.scheme == "basic"):
            self._doubts.refuse(upstream)

    def judge(self, upstream: Upstream, origin: Origin, sent: Authorization, reply: Reply) -> None:
        """Let a reply pass, unless it is a refusal that may be due to credentials which are not accepted.

        Raises:
            UnauthorizedError: It is. "Not found" would mislead: the right credentials may find it.
        """
        if origin != upstream.origin:
            return
        if reply.status == 401 and _shows_password(upstream, sent):
            self._doubts.refuse(upstream)
        if reply.status in {401, 403, 404} and (reason := self._doubts.reason(upstream)):
            raise unanswered(upstream, reason)

    def warnings(self, upstream: Upstream, scope: str = "") -> tuple[str, ...]:
        """Return what the reader of an answer for ``scope`` has to know about the credentials that it came by."""
        told = self._doubts.told(upstream, scope)
        return (f"{told}; {upstream.registry} was asked anonymously",) if told else ()

    async def aclose(self) -> None:
        """Stop what is under way."""
        await self._pings.aclose()
        await self._tokens.aclose()

    async def _challenge_of(
        self, upstream: Upstream, origin: Origin, reply: Reply, sent: Authorization
    ) -> Challenge | None:
        key = (upstream.registry, origin)
        if _wants_password(reply, sent):
            # An older Harbor says so of a token that does not suffice (goharbor/harbor#18856): the password
            # would not either, and would be taken for a wrong one. Should it have changed its ways instead, the
            # next request goes without a token, and learns them.
            kept = self._challenges.get(key)
            self._challenges.drop(key)
            return kept
        challenge = _offered(reply) or self._challenges.get(key)
        if challenge is None and origin == upstream.origin:
            # gcr.io says 401 and nothing more; what /v2/ offers holds for all, but for its scope.
            ping = await self._pings.share(
                (key, upstream.endpoint), lambda: self._ask(upstream, f"{upstream.endpoint}/v2/")
            )
            challenge = _offered(ping)
            challenge = challenge.without_scope() if challenge else None
        return challenge

    def _basic_answer(
        self, upstream: Upstream, origin: Origin, scope: str, sent: Authorization
    ) -> Authorization | None:
        if origin != upstream.origin:
            return None
        if _shows_password(upstream, sent):
            return Authorization()  # it was refused; anybody may get what it was shown for
        if reason := self._doubts.reason(upstream):
            raise unanswered(upstream, reason)
        credentials = self._credentials_for(upstream, origin, scope)
        if credentials is None and upstream.credentials is not None:
            raise unanswered(upstream, refused(upstream))
        if credentials is None or not has_password(credentials):
            raise needed_credentials(upstream)
        return Authorization(credentials.authorization)

    def _credentials_for(self, upstream: Upstream, origin: Origin, scope: str) -> Credentials | None:
        """Return the credentials where ``origin`` is the registry's own and takes them; a stranger gets none."""
        if origin != upstream.origin or self._doubts.reason(upstream):
            return None
        return None if self._doubts.is_passed_over(upstream, scope) else upstream.credentials


def _shows_password(upstream: Upstream, shown: Authorization) -> bool:
    credentials = upstream.credentials
    return credentials is not None and shown.header == credentials.authorization


def _wants_password(reply: Reply, sent: Authorization) -> bool:
    """Tell whether a token was refused in favour of a password."""
    offered = _offered(reply)
    shows_token = sent.header is not None and sent.header.startswith("Bearer ")
    return shows_token and offered is not None and offered.scheme == "basic"


def _offered(reply: Reply) -> Challenge | None:
    return preferred_challenge(reply.headers.get("www-authenticate", ""))
