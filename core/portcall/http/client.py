"""The one HTTP client: policy, single flight, cache, retry, authentication, redirects, guard, in that order."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from portcall.call import call_at_hand
from portcall.deadline import leaving
from portcall.errors import (
    BlockedError,
    DigestMismatchError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
    UnreachableError,
    UpstreamError,
)
from portcall.http.auth import MAX_TOKEN_BYTES, Authenticator
from portcall.http.body import declared_length, decoded, read_body, read_start
from portcall.http.faults import translated_faults
from portcall.http.flight import Flights
from portcall.http.origin import Origin
from portcall.http.rate_limits import RateLimit, RateLimits
from portcall.http.reply import Lifetime, Reply, ResourceRequest
from portcall.http.retry import RETRIED, BrokenConnectionError, retrying
from portcall.logs import get_logger
from portcall.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from portcall.http.policy import HostPolicy
    from portcall.http.pools import ConnectionPools
    from portcall.http.replies import ReplyCache
    from portcall.http.upstream import Upstream

#: Redirects followed for one request; registries need one, their storage perhaps a second.
MAX_REDIRECTS = 5
#: Ceiling of a refusal's body: enough for every registry's error document.
MAX_ERROR_BYTES = 64 * 1024
#: Largest body of a redirect that is read so that its connection can be used again.
_MAX_REDIRECT_BYTES = 4096
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

#: Seconds that a registry is waited for where an answer past its time is at hand; and what is left for it.
_PATIENCE = 5.0
_RESERVE = 1.0

_HEADERS = {"User-Agent": f"portcall/{__version__}", "Accept-Encoding": "identity"}

_log = get_logger("portcall.http")


class HttpClient:
    """Fetches resources of upstreams.

    Args:
        pools: Open connections, guarded.
        replies: Keeps them.
        policy: Says which hosts may be asked.
        clock: Where the time comes from by which tokens end, in seconds; never set back.
    """

    def __init__(
        self,
        pools: ConnectionPools,
        replies: ReplyCache,
        policy: HostPolicy,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pools = pools
        self._replies = replies
        self._policy = policy
        self._flights: Flights[Reply] = Flights()
        self._limits = RateLimits()
        self._auth = Authenticator(self._ask_token_service, clock=clock)

    async def fetch(self, request: ResourceRequest) -> Reply:
        """Return the reply to ``request``, whatever its status; its digest checked, where one is given.

        An answer by tag that is past its time has to do where the registry cannot be asked; the call at hand
        is told so.

        Raises:
            BlockedError: Policy or guard refused.
            UnreachableError: No connection.
            UnauthorizedError: Credentials are needed, or were refused.
            RateLimitedError: The registry asked for a pause that is not over.
            TooLargeError: The body is over the request's ceiling.
            DigestMismatchError: The body is not what the digest names.
            UpstreamError: Redirects without end, or to nowhere.
        """
        self._policy.check_registry(request.upstream)
        request = await self._with_credentials(request)
        reply = self.recall(request)
        if reply is None:
            reply = await self._fresh_or_stale(request)
        call_at_hand().warn(*self._auth.warnings(request.upstream))
        return reply

    def recall(self, request: ResourceRequest, *, stale: bool = False) -> Reply | None:
        """Return the reply that is kept ready, if any; with ``stale``, one past its time too."""
        reply = self._replies.held(_as_known(request), stale=stale)
        if reply is not None and not stale:
            call_at_hand().looked_up["memory"] += 1
        return reply

    def hold(self, request: ResourceRequest, reply: Reply) -> None:
        """Keep a reply that was learnt in another way (a manifest's digest, from its GET by tag)."""
        self._replies.hold(_as_known(request), reply)

    def forget(self, request: ResourceRequest) -> None:
        """Drop a reply that turned out to make no sense: the next call asks again."""
        self._replies.drop(_as_known(request))

    def rate_limit(self, upstream: Upstream) -> RateLimit | None:
        """Return what the registry said last of how much may be asked, if it said anything."""
        return self._limits.of(_as_known(ResourceRequest(upstream, upstream.endpoint)).upstream)

    async def aclose(self) -> None:
        """Stop what is under way, and close every connection."""
        await self._flights.aclose()
        await self._auth.aclose()
        await self._replies.aclose()
        await self._pools.aclose()

    async def _with_credentials(self, request: ResourceRequest) -> ResourceRequest:
        """Return the request of an upstream that knows its credentials, asking their source where there is one."""
        upstream = request.upstream
        if upstream.source is None:
            return request
        credentials, problem = None, ""
        try:
            credentials = await upstream.source.obtain(request.repository)
        except UnauthorizedError as error:
            problem = error.message
        return replace(
            request, upstream=replace(upstream, source=None, credentials=credentials, problem=problem)
        )

    async def _fresh_or_stale(self, request: ResourceRequest) -> Reply:
        """Return what the registry says; or what it said before, where it cannot be asked."""
        if request.lifetime is not Lifetime.BRIEF:
            return await self._share(request)
        try:
            reply = await self._patiently(request)
        except (UnreachableError, UnavailableError, RateLimitedError):
            if (stale := await self._stale(request)) is None:
                raise
            return stale
        if reply.status in RETRIED:
            return await self._stale(request) or reply
        return reply

    async def _patiently(self, request: ResourceRequest) -> Reply:
        """Return what the registry says; where an older answer is at hand it is not waited for long."""
        spare = self._replies.held(request, stale=True)
        if spare is None or not spare.ok:
            return await self._share(request)
        try:
            async with asyncio.timeout(min(leaving(_RESERVE), _PATIENCE)):
                return await self._share(request)
        except TimeoutError:
            raise UnreachableError(
                f"{request.upstream.registry} does not answer",
                hint="The registry may be down; try again later.",
                registry=request.upstream.registry,
            ) from None

    async def _stale(self, request: ResourceRequest) -> Reply | None:
        """Return what the registry said before, if it was good, and tell the call at hand."""
        found = await self._replies.find(request, stale=True)
        if found is None or not found.reply.ok:
            return None
        call = call_at_hand()
        call.rely_on(found.reply.obtained)
        call.looked_up["stale"] += 1
        _log.warning("stale_answer", registry=request.upstream.registry, obtained=int(found.reply.obtained))
        return found.reply

    async def _share(self, request: ResourceRequest) -> Reply:
        return await self._flights.share(request.key, lambda: self._find_or_ask(request))

    async def _find_or_ask(self, request: ResourceRequest) -> Reply:
        """Return what is kept beyond this process, or else what the registry says, which is kept."""
        call = call_at_hand()
        found = await self._replies.find(request)
        if found is not None:
            call.looked_up[found.tier] += 1
            return found.reply
        call.looked_up["upstream"] += 1
        reply = await self._ask(request)
        if request.digest and request.method == "GET" and reply.ok and not request.is_answered_by(reply.body):
            raise DigestMismatchError(
                f"{request.upstream.registry} sent other bytes than {request.digest[:19]}… names",
                hint="Nothing of it was used. The registry, or something before it, is broken or hostile.",
                registry=request.upstream.registry,
            )
        await self._replies.keep(request, reply)
        return reply

    async def _ask(self, request: ResourceRequest) -> Reply:
        started = time.perf_counter()
        attempts = 0

        async def attempt() -> Reply:
            nonlocal attempts
            attempts += 1
            return await self._follow(request)

        reply = await retrying(attempt)
        _log.debug(
            "resource_fetched",
            registry=request.upstream.registry,
            method=request.method,
            status=reply.status,
            attempts=attempts,
            bytes=len(reply.body),
            seconds=round(time.perf_counter() - started, 4),
        )
        return reply

    async def _follow(self, request: ResourceRequest) -> Reply:
        """Send the request, and follow its redirects; each hop passes policy and guard anew."""
        upstream, url = request.upstream, request.url
        for _ in range(MAX_REDIRECTS + 1):
            reply = await self._authenticated(replace(request, upstream=upstream), url)
            location = reply.headers.get("location")
            if reply.status not in _REDIRECTS or not location:
                return reply
            url = _next_hop(upstream, url, location)
            if _origin(upstream, url) != upstream.origin:
                # From here on a stranger says where to go: not even back home with the credentials.
                upstream = replace(upstream, credentials=None)
        raise UpstreamError(
            f"{upstream.registry} redirects without end",
            hint="The registry is misconfigured; try again later.",
            registry=upstream.registry,
        )

    async def _authenticated(self, request: ResourceRequest, url: str) -> Reply:
        """Send one request, and once more with what a 401 asks for."""
        upstream = request.upstream
        origin = _origin(upstream, url)
        sent = await self._auth.anticipate(upstream, origin, request.scope)
        reply = await self._send(request, url, origin, sent.header)
        if reply.status == 401:
            answer = await self._auth.answer(upstream, origin, reply, request.scope, sent)
            if answer is not None:
                sent = answer
                reply = await self._send(request, url, origin, sent.header)
        self._auth.judge(upstream, origin, sent, reply)
        return reply

    async def _ask_token_service(self, upstream: Upstream, url: str, authorization: str | None) -> Reply:
        origin = _origin(upstream, url)
        request = ResourceRequest(upstream, url, accept="application/json", max_bytes=MAX_TOKEN_BYTES)
        try:
            return await retrying(lambda: self._send(request, url, origin, authorization))
        except BrokenConnectionError as error:
            # It has been tried often enough: the request that needs the token is not begun anew for it.
            raise UnreachableError(error.message, hint=error.hint, registry=error.registry) from error

    async def _send(self, request: ResourceRequest, url: str, origin: Origin, authorization: str | None) -> Reply:
        """Send one request to one place."""
        import httpx  # late, and loaded with the first connection: see http/pools.py

        self._policy.check_origin(origin)
        await self._limits.admit(request, origin)
        transport = self._pools.transport_for(request.upstream, origin)
        headers = {**_HEADERS, "Accept": request.accept}
        if authorization is not None:
            headers["Authorization"] = authorization
        started = time.perf_counter()
        with translated_faults(request.upstream.registry, origin):
            built = httpx.Request(request.method, url, headers=headers)
            # Two parsers read the address: what was checked must be what is connected to.
            _require_same(request.upstream, origin, str(built.url))
            # The call's deadline bounds the time of it all; see deadline.py.
            response = await transport.handle_async_request(built)
            async with aclosing(response):
                reply = await _read(request, response, url)
        self._limits.observe(request.upstream, origin, reply)
        call = call_at_hand()
        call.requests += 1
        call.received += len(reply.body)
        _log.debug(
            "upstream_request",
            registry=request.upstream.registry,
            host=origin.netloc,
            method=request.method,
            status=reply.status,
            bytes=len(reply.body),
            seconds=round(time.perf_counter() - started, 4),
        )
        return reply


def _as_known(request: ResourceRequest) -> ResourceRequest:
    """Return the request of an upstream with the credentials that their source gave last."""
    upstream = request.upstream
    if upstream.source is None:
        return request
    held = upstream.source.held(request.repository)
    return replace(request, upstream=replace(upstream, source=None, credentials=held))


async def _read(request: ResourceRequest, response: httpx.Response, url: str) -> Reply:
    status = response.status_code
    headers = {name.lower(): value for name, value in response.headers.items()}
    body = b""
    if request.method == "HEAD":
        return Reply(status, headers, body, url)
    if response.is_success:
        what = f"an answer of {request.upstream.registry}"
        body = await read_body(response, request.max_bytes, what)
        if request.digest is None or not request.is_answered_by(body):
            coding = headers.get("content-encoding", "").strip().lower()
            body = decoded(body, coding, request.max_bytes, what)
    elif status not in _REDIRECTS:
        body = await read_start(response, MAX_ERROR_BYTES)
    else:
        length = declared_length(response)
        if length is not None and length <= _MAX_REDIRECT_BYTES:
            await read_start(response, _MAX_REDIRECT_BYTES)
    return Reply(status, headers, body, url)


def _origin(upstream: Upstream, url: str) -> Origin:
    origin = Origin.of(url)
    if origin is None:
        raise BlockedError(
            f"{upstream.registry} points at something that is no http(s) URL",
            hint="The registry is misconfigured, or up to no good.",
            registry=upstream.registry,
        )
    return origin


def _require_same(upstream: Upstream, origin: Origin, url: str) -> None:
    if _origin(upstream, url) != origin:
        raise BlockedError(
            f"{upstream.registry} points at an address that reads in two ways",
            hint="The registry is misconfigured, or up to no good.",
            registry=upstream.registry,
        )


def _next_hop(upstream: Upstream, url: str, location: str) -> str:
    try:
        target = urljoin(url, location)
    except ValueError:
        target = ""
    origin, before = _origin(upstream, target), _origin(upstream, url)
    if before.scheme == "https" and origin.scheme != "https":
        raise BlockedError(
            f"{upstream.registry} redirects from https to plain http",
            hint="The registry is misconfigured, or up to no good.",
            registry=upstream.registry,
        )
    return target
