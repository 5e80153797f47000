"""The one HTTP client: policy, single flight, cache, retry, authentication, redirects, guard, in that order."""

from __future__ import annotations

import time
from contextlib import aclosing
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import structlog

from portcall.digest import matches
from portcall.errors import BlockedError, DigestMismatchError, UpstreamError
from portcall.http.auth import MAX_TOKEN_BYTES, Authenticator
from portcall.http.body import decoded, read_body
from portcall.http.challenge import parse_challenges
from portcall.http.faults import translated_faults
from portcall.http.flight import Flights
from portcall.http.origin import Origin
from portcall.http.reply import Reply, ResourceRequest
from portcall.http.retry import retrying

if TYPE_CHECKING:
    import httpx

    from portcall.http.cache import MemoryCache
    from portcall.http.policy import HostPolicy
    from portcall.http.pools import ConnectionPools
    from portcall.http.upstream import Upstream

#: Redirects followed for one request; registries need one, their storage perhaps a second.
MAX_REDIRECTS = 5
#: Ceiling of a refusal's body: enough for every registry's error document.
MAX_ERROR_BYTES = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

_log = structlog.get_logger("portcall.http")


class HttpClient:
    """Fetches resources of upstreams.

    Args:
        pools: Open connections, guarded.
        cache: Keeps replies.
        policy: Says which hosts may be asked.
    """

    def __init__(self, pools: ConnectionPools, cache: MemoryCache, policy: HostPolicy) -> None:
        self._pools = pools
        self._cache = cache
        self._policy = policy
        self._flights: Flights[Reply] = Flights()
        self._auth = Authenticator(self._ask_token_service)

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

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pools.aclose()

    async def _fetch(self, request: ResourceRequest) -> Reply:
        reply = await retrying(lambda: self._follow(request))
        if reply.ok and request.digest and request.method == "GET" and not matches(request.digest, reply.body):
            raise DigestMismatchError(
                f"{request.upstream.registry} sent other bytes than {request.digest[:19]}… names",
                hint="Nothing of it was used. The registry, or something before it, is broken or hostile.",
                registry=request.upstream.registry,
            )
        self._cache.put(request.key, reply, request.lifetime)
        return reply

    async def _follow(self, request: ResourceRequest) -> Reply:
        """Send the request, and follow its redirects; each hop passes policy and guard anew."""
        url = request.url
        for _ in range(MAX_REDIRECTS + 1):
            reply = await self._authenticated(request, url)
            location = reply.headers.get("location")
            if reply.status not in _REDIRECTS or not location:
                return reply
            url = _next_hop(request.upstream, url, location)
        raise UpstreamError(
            f"{request.upstream.registry} redirects without end",
            hint="The registry is misconfigured; try again later.",
            registry=request.upstream.registry,
        )

    async def _authenticated(self, request: ResourceRequest, url: str) -> Reply:
        """Send one request, and once more with what a 401 asks for."""
        upstream = request.upstream
        origin = _origin(upstream, url)
        authorization = await self._auth.anticipate(upstream, origin, request.scope)
        reply, offers = await self._send(request, url, origin, authorization)
        if reply.status != 401:
            return reply
        challenges = parse_challenges(offers)
        answer = await self._auth.answer(upstream, origin, challenges, request.scope, authorization)
        if answer is None or answer == authorization:
            return reply
        reply, _ = await self._send(request, url, origin, answer)
        return reply

    async def _ask_token_service(self, upstream: Upstream, url: str, authorization: str | None) -> Reply:
        origin = _origin(upstream, url)
        request = ResourceRequest(upstream, url, accept="application/json", max_bytes=MAX_TOKEN_BYTES)

        async def once() -> Reply:
            reply, _ = await self._send(request, url, origin, authorization)
            return reply

        return await retrying(once)

    async def _send(
        self, request: ResourceRequest, url: str, origin: Origin, authorization: str | None
    ) -> tuple[Reply, list[str]]:
        """Send one request to one place; return the reply and its ``WWW-Authenticate`` headers."""
        self._policy.check_origin(origin)
        client = self._pools.client_for(request.upstream, origin)
        headers = {"Accept": request.accept}
        if authorization is not None:
            headers["Authorization"] = authorization
        started = time.perf_counter()
        with translated_faults(request.upstream.registry, origin):
            response = await client.send(client.build_request(request.method, url, headers=headers), stream=True)
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
        return reply, response.headers.get_list("www-authenticate")


async def _read(request: ResourceRequest, response: httpx.Response, url: str) -> Reply:
    headers = {name.lower(): value for name, value in response.headers.items()}
    what = f"an answer of {request.upstream.registry}"
    if request.method == "HEAD" or response.status_code in _REDIRECTS:
        return Reply(response.status_code, headers, b"", url)
    if not response.is_success:
        # A refusal's body is read as far as it may help, no further.
        body = b""
        async for chunk in response.aiter_raw():
            body += chunk[: MAX_ERROR_BYTES - len(body)]
            if len(body) >= MAX_ERROR_BYTES:
                break
        return Reply(response.status_code, headers, body, url)
    body = await read_body(response, request.max_bytes, what)
    if not (request.digest and matches(request.digest, body)):
        body = decoded(body, headers.get("content-encoding", "").strip().lower(), request.max_bytes, what)
    return Reply(response.status_code, headers, body, url)


def _origin(upstream: Upstream, url: str) -> Origin:
    origin = Origin.of(url)
    if origin is None:
        raise BlockedError(
            f"{upstream.registry} points at something that is no http(s) URL",
            hint="The registry is misconfigured, or up to no good.",
            registry=upstream.registry,
        )
    return origin


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
