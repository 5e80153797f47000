"""The one HTTP client: policy, single flight, cache, retry, authentication, redirects, guard, in that order."""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from portcall.errors import BlockedError, DigestMismatchError, UnreachableError, UpstreamError
from portcall.http.auth import MAX_TOKEN_BYTES, Authenticator
from portcall.http.body import declared_length, decoded, read_body, read_start
from portcall.http.faults import translated_faults
from portcall.http.flight import Flights
from portcall.http.origin import Origin
from portcall.http.reply import Reply, ResourceRequest
from portcall.http.retry import BrokenConnectionError, retrying
from portcall.logs import get_logger
from portcall.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from portcall.http.cache import MemoryCache
    from portcall.http.policy import HostPolicy
    from portcall.http.pools import ConnectionPools
    from portcall.http.upstream import Upstream

#: Redirects followed for one request; registries need one, their storage perhaps a second.
MAX_REDIRECTS = 5
#: Ceiling of a refusal's body: enough for every registry's error document.
MAX_ERROR_BYTES = 64 * 1024
#: Largest body of a redirect that is read so that its connection can be used again.
_MAX_REDIRECT_BYTES = 4096
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

_HEADERS = {"User-Agent": f"portcall/{__version__}", "Accept-Encoding": "identity"}

_log = get_logger("portcall.http")


class HttpClient:
    """Fetches resources of upstreams.

    Args:
        pools: Open connections, guarded.
        cache: Keeps replies.
        policy: Says which hosts may be asked.
        clock: Where the time comes from by which tokens end, in seconds; never set back.
    """

    def __init__(
        self,
        pools: ConnectionPools,
        cache: MemoryCache,
        policy: HostPolicy,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pools = pools
        self._cache = cache
        self._policy = policy
        self._flights: Flights[Reply] = Flights()
        self._auth = Authenticator(self._ask_token_service, clock=clock)

    async def fetch(self, request: ResourceRequest) -> Reply:
        """Return the reply to ``request``, whatever its status; its digest checked, where one is given.

        Raises:
            BlockedError: Policy or guard refused.
            UnreachableError: No connection.
            UnauthorizedError: Credentials are needed, or were refused.
            TooLargeError: The body is over the request's ceiling.
            DigestMismatchError: The body is not what the digest names.
            UpstreamError: Redirects without end, or to nowhere.
        """
        self._policy.check_registry(request.upstream)
        kept = self._cache.get(request.key)
        if kept is not None:
            return kept
        return await self._flights.share(request.key, lambda: self._fetch(request))

    def recall(self, request: ResourceRequest, *, stale: bool = False) -> Reply | None:
        """Return the reply that is kept, if any; with ``stale``, one past its time too."""
        return self._cache.get(request.key, stale=stale)

    def keep(self, request: ResourceRequest, reply: Reply) -> None:
        """Keep a reply that was learnt in another way (a manifest's digest, from its GET by tag)."""
        self._cache.put(request.key, reply, request.lifetime)

    def forget(self, request: ResourceRequest) -> None:
        """Drop a reply that turned out to make no sense: the next call asks again."""
        self._cache.drop(request.key)

    def warnings(self, upstream: Upstream) -> tuple[str, ...]:
        """Return what the reader of an answer from ``upstream`` has to know about how it was come by."""
        return self._auth.warnings(upstream)

    async def aclose(self) -> None:
        """Stop what is under way, and close every connection."""
        await self._flights.aclose()
        await self._auth.aclose()
        await self._pools.aclose()

    async def _fetch(self, request: ResourceRequest) -> Reply:
        reply = await retrying(lambda: self._follow(request))
        if request.digest and request.method == "GET" and reply.ok and not request.is_answered_by(reply.body):
            raise DigestMismatchError(
                f"{request.upstream.registry} sent other bytes than {request.digest[:19]}… names",
                hint="Nothing of it was used. The registry, or something before it, is broken or hostile.",
                registry=request.upstream.registry,
            )
        self._cache.put(request.key, reply, request.lifetime)
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
