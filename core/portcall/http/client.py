"""The one HTTP client: policy, credentials, cache, single flight, and what is told while a registry is down.

Below it stand :mod:`portcall.http.exchange` (retries, redirects, authentication) and
:mod:`portcall.http.sender` (limits, guard, one request).
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from portcall.call import call_at_hand
from portcall.deadline import leaving
from portcall.errors import (
    DigestMismatchError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
    UnreachableError,
)
from portcall.http.exchange import Exchange
from portcall.http.flight import Flights
from portcall.http.open_reply import OpenReply
from portcall.http.rate_limits import RateLimit, RateLimits
from portcall.http.reply import Lifetime, Reply, ResourceRequest
from portcall.http.retry import RETRIED
from portcall.http.sender import Sender
from portcall.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from portcall.http.policy import HostPolicy
    from portcall.http.pools import ConnectionPools
    from portcall.http.replies import Found, ReplyCache
    from portcall.http.tracing import UpstreamTraces
    from portcall.http.upstream import Upstream

#: Seconds that a registry is waited for where an answer past its time is at hand; and what is left for it.
_PATIENCE = 5.0
_RESERVE = 1.0

_log = get_logger("portcall.http")


class HttpClient:
    """Fetches resources of upstreams.

    Args:
        pools: Open connections, guarded.
        replies: Keeps them.
        policy: Says which hosts may be asked.
        clock: Where the time comes from by which tokens end, in seconds; never set back.
        traces: Makes the requests' spans.
    """

    def __init__(
        self,
        pools: ConnectionPools,
        replies: ReplyCache,
        policy: HostPolicy,
        *,
        clock: Callable[[], float] = time.monotonic,
        traces: UpstreamTraces | None = None,
    ) -> None:
        self.replies = replies
        self._policy = policy
        self._limits = RateLimits()
        self._exchange = Exchange(Sender(pools, policy, self._limits, traces), clock)
        self._flights: Flights[Reply] = Flights()
        self._spares: Flights[Found | None] = Flights()
        self._is_closed = False

    async def fetch(self, request: ResourceRequest) -> Reply:
        """Return the reply to ``request``, whatever its status; its digest checked, where one is given.

        An answer by tag that is past its time has to do where the registry cannot be asked; the call at hand
        is told so, and of credentials that are not accepted.

        Raises:
            BlockedError: Policy or guard refused.
            UnreachableError: No connection.
            UnauthorizedError: Credentials are needed, or were refused.
            RateLimitedError: The registry asked for a pause that is not over.
            TooLargeError: The body is over the request's ceiling.
            DigestMismatchError: The body is not what the digest names.
            UpstreamError: Redirects without end, or to nowhere.
        """
        async with self._asking(request) as asked:
            reply = self._held(asked)
            if reply is None or not _answers(asked, reply):
                reply = await self._fresh_or_stale(asked)
        _note_age(asked, reply)
        return reply

    async def open(self, request: ResourceRequest) -> Reply:
        """Return the reply to a request for a ``span``, a success with its body still to come; nothing is kept.

        Whoever is given an :class:`portcall.http.open_reply.OpenReply` has to close it.

        Raises:
            PortcallError: As :meth:`fetch`.
        """
        if self._is_closed:
            raise UnreachableError("portcall was closed while it asked", hint="Ask again once it is running.")
        async with contextlib.AsyncExitStack() as unless_given:
            async with self._asking(request) as asked:
                reply = await self._exchange.ask(asked)
                if isinstance(reply, OpenReply):
                    unless_given.push_async_callback(reply.content.aclose)
            unless_given.pop_all()
        return replace(reply, asked_as=asked.upstream.identity if self._is_settled(asked) else "")

    async def as_asked(self, request: ResourceRequest) -> ResourceRequest:
        """Return the request as it would be sent now: with the credentials that there are, where they are good.

        Raises:
            BlockedError: The registry may not be asked.
        """
        self._policy.check_registry(request.upstream)
        return self._as_asked_now(await _with_credentials(request))

    async def recollect(self, request: ResourceRequest) -> Reply | None:
        """Return what any tier keeps under a request that :meth:`as_asked` returned; nobody is asked."""
        found = await self.replies.find(request)
        _note_privacy(request)
        if found is not None:
            call_at_hand().looked_up[found.tier] += 1
        return found.reply if found else None

    async def send(self, request: ResourceRequest) -> Reply:
        """Return the reply to a request that changes something (a login): nothing of it is kept or shared.

        Raises:
            PortcallError: As :meth:`fetch`.
        """
        self._policy.check_registry(request.upstream)
        mine = await _with_credentials(request)
        _note_privacy(mine)
        return await self._exchange.ask(mine)

    def recall(self, request: ResourceRequest) -> Reply | None:
        """Return the fresh reply that is kept ready, if there is one."""
        known = _as_known(request)
        _note_privacy(known)
        return self._held(self._as_asked_now(known))

    async def has_seen(self, request: ResourceRequest) -> bool:
        """Tell whether the answer to ``request`` was known a while ago, here or to whoever shares the cache."""
        return await self._spare(await self.as_asked(request)) is not None

    async def keep(self, request: ResourceRequest, reply: Reply) -> None:
        """Keep a reply that was learnt in another way (a manifest's digest, from its GET by tag)."""
        asked = self._as_asked_now(_as_known(request))
        if reply.asked_as == asked.upstream.identity:
            await self.replies.keep(asked, reply)

    def forget(self, request: ResourceRequest) -> None:
        """Drop a reply that turned out to make no sense: the next call asks again."""
        self.replies.drop(self._as_asked_now(_as_known(request)))

    def rate_limit(self, upstream: Upstream) -> RateLimit | None:
        """Return what the registry said last of how much may be asked, if it said anything."""
        request = self._as_asked_now(_as_known(ResourceRequest(upstream, upstream.endpoint)))
        return self._limits.of(request.upstream)

    async def aclose(self) -> None:
        """Stop what is under way, and close every connection; a stream that breaks then is not taken up again."""
        self._is_closed = True
        await self._flights.aclose()
        await self._spares.aclose()
        await self._exchange.aclose()
        await self.replies.aclose()

    @contextlib.asynccontextmanager
    async def _asking(self, request: ResourceRequest) -> AsyncIterator[ResourceRequest]:
        """Enter a question: its request as it is sent now. What comes of its credentials is noted after it."""
        self._policy.check_registry(request.upstream)
        mine = await _with_credentials(request)
        _note_privacy(mine)
        try:
            yield self._as_asked_now(mine)
        finally:
            self._forget_refused(request, mine)
        call_at_hand().warn(*self._exchange.auth.warnings(mine.upstream, mine.scope))

    def _is_settled(self, asked: ResourceRequest) -> bool:
        """Tell whose answer it is: nobody can, where the credentials were refused on the way."""
        return self._as_asked_now(asked) is asked

    def _as_asked_now(self, request: ResourceRequest) -> ResourceRequest:
        """Return the request as it is sent now: anonymous, where its credentials are in doubt."""
        if request.plain:
            return request
        upstream = self._exchange.auth.standing(request.upstream, request.scope)
        return request if upstream is request.upstream else replace(request, upstream=upstream)

    def _forget_refused(self, request: ResourceRequest, mine: ResourceRequest) -> None:
        """Let a source that gave credentials which are refused be asked for others next time."""
        source, credentials = request.upstream.source, mine.upstream.credentials
        if source is not None and credentials is not None and self._as_asked_now(mine) is not mine:
            source.forget(request.repository, credentials)

    def _held(self, request: ResourceRequest) -> Reply | None:
        reply = None if _is_asked_anew(request) else self.replies.held(request)
        if reply is not None:
            call_at_hand().looked_up["memory"] += 1
        return reply

    async def _fresh_or_stale(self, request: ResourceRequest) -> Reply:
        """Return what the registry says; or what it said before, where it cannot be asked.

        Where an older answer is at hand, the registry is not waited for long; what it says late is kept for
        whoever asks next.
        """
        if request.lifetime is not Lifetime.BRIEF:
            return await self._share(request)
        spare = None if _is_asked_anew(request) else await self._spare(request)
        patience = min(leaving(_RESERVE), _PATIENCE) if spare else None
        try:
            reply = await self._share(request, patience)
        except (UnreachableError, UnavailableError, RateLimitedError, TimeoutError):
            if spare is None:
                raise
            return _rely_on(spare, request)
        return _rely_on(spare, request) if spare and reply.status in RETRIED else reply

    async def _spare(self, request: ResourceRequest) -> Reply | None:
        """Return what the registry said before, if it was good."""
        if self.replies.is_shared:
            found = await self._spares.share(request.key, lambda: self.replies.find(request, stale=True))
            reply = found.reply if found else None
        else:
            reply = self.replies.spare(request)
        return reply if reply and reply.ok else None

    async def _share(self, request: ResourceRequest, patience: float | None = None) -> Reply:
        # Whose credentials are in doubt is told so; a stranger who asks the same is not.
        key = (request.key, request.upstream.problem, _is_asked_anew(request))
        return await self._flights.share(key, lambda: self._find_or_ask(request), patience)

    async def _find_or_ask(self, request: ResourceRequest) -> Reply:
        """Return what is kept beyond this process, or else what the registry says, which is kept."""
        call = call_at_hand()
        found = None if _is_asked_anew(request) else await self.replies.find(request)
        if found is not None and _answers(request, found.reply):
            call.looked_up[found.tier] += 1
            return found.reply
        call.looked_up["upstream"] += 1
        reply = replace(await self._exchange.ask(request), asked_as=request.upstream.identity)
        if request.digest and request.method == "GET" and reply.ok and not request.is_answered_by(reply.body):
            raise DigestMismatchError(
                f"{request.upstream.registry} sent other bytes than {request.digest[:19]}… names",
                hint="Nothing of it was used. The registry, or something before it, is broken or hostile.",
                registry=request.upstream.registry,
            )
        # What contradicts itself is the caller's to refuse, before anybody else is told it.
        if self._is_settled(request) and not request.is_contradicted_by(reply):
            await self.replies.keep(request, reply)
        return reply


async def _with_credentials(request: ResourceRequest) -> ResourceRequest:
    """Return the request of an upstream that knows its credentials, asking their source where there is one."""
    upstream = request.upstream
    if upstream.source is None:
        return request
    credentials, problem = None, ""
    try:
        credentials = await upstream.source.obtain(request.repository)
    except UnauthorizedError as error:
        problem = error.message
    return replace(request, upstream=replace(upstream, source=None, credentials=credentials, problem=problem))


def _is_asked_anew(request: ResourceRequest) -> bool:
    """Tell whether the call at hand wants to know what is true now of what may change."""
    return request.lifetime is Lifetime.BRIEF and call_at_hand().is_fresh


def _as_known(request: ResourceRequest) -> ResourceRequest:
    """Return the request of an upstream with the credentials that their source gave last."""
    upstream = request.upstream
    if upstream.source is None:
        return request
    held = upstream.source.held(request.repository)
    return replace(request, upstream=replace(upstream, source=None, credentials=held))


def _note_privacy(request: ResourceRequest) -> None:
    """Tell the call at hand where an answer takes credentials, or tells of them: it is for nobody else."""
    upstream = request.upstream
    if upstream.credentials is not None or upstream.problem or upstream.tls.client_cert:
        call_at_hand().is_private = True


def _note_age(request: ResourceRequest, reply: Reply) -> None:
    """Tell the call at hand how old an answer is that may be another by now."""
    if request.lifetime is not Lifetime.IMMUTABLE:
        call_at_hand().note_age(reply.obtained)


def _rely_on(spare: Reply, request: ResourceRequest) -> Reply:
    """Return an answer past its time, and tell the call at hand that it had to do."""
    call = call_at_hand()
    call.rely_on(spare.obtained)
    call.looked_up["stale"] += 1
    _log.info("stale_answer", registry=request.upstream.registry, obtained=int(spare.obtained))
    return spare


def _answers(request: ResourceRequest, reply: Reply) -> bool:
    """Tell whether a kept reply will do: "not found" does not, for those whose credentials might find it."""
    return reply.status != 404 or not request.upstream.problem
