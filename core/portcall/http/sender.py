"""Sending: one request to one place, and its reply, read within bounds."""

from __future__ import annotations

import time
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

from portcall.call import call_at_hand
from portcall.errors import BlockedError, PortcallError
from portcall.http.body import declared_length, decoded, read_body, read_start
from portcall.http.faults import translated_faults
from portcall.http.open_reply import OpenBody, OpenReply
from portcall.http.origin import Origin
from portcall.http.reply import Reply, ResourceRequest
from portcall.http.tracing import RequestTrace, UpstreamTraces
from portcall.logs import get_logger
from portcall.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx
    from httpx import AsyncByteStream

    from portcall.http.policy import HostPolicy
    from portcall.http.pools import ConnectionPools
    from portcall.http.rate_limits import RateLimits
    from portcall.http.transport import GuardedTransport
    from portcall.http.upstream import Upstream

#: Ceiling of a refusal's body: enough for every registry's error document.
MAX_ERROR_BYTES = 64 * 1024
#: Largest body of a redirect that is read so that its connection can be used again.
_MAX_REDIRECT_BYTES = 4096
REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Statuses of a blob, or of a part of it.
_WITH_CONTENT = frozenset({200, 206})

_HEADERS = {"User-Agent": f"portcall/{__version__}", "Accept-Encoding": "identity"}

_log = get_logger("portcall.http")


class Sender:
    """Sends requests as they are: no retries, no redirects, no authentication.

    Args:
        pools: Open connections, guarded.
        policy: Says which hosts may be connected to.
        limits: Knows which registry asked for a pause.
        traces: Makes their spans.
    """

    def __init__(
        self, pools: ConnectionPools, policy: HostPolicy, limits: RateLimits, traces: UpstreamTraces | None = None
    ) -> None:
        self._pools = pools
        self._policy = policy
        self._limits = limits
        self._traces = traces or UpstreamTraces()

    async def send(self, request: ResourceRequest, url: str, authorization: str | None) -> Reply:
        """Return what ``url`` answers.

        Raises:
            BlockedError: Policy or guard refused.
            RateLimitedError: A pause that was asked for is not over.
            UnreachableError: No connection.
            TooLargeError: The body is over the request's ceiling.
        """
        origin = origin_of(request.upstream, url)
        self._policy.check_origin(origin)
        await self._limits.admit(request, origin)
        transport = self._pools.transport_for(request.upstream, origin)
        call_at_hand().requests += 1
        started = time.perf_counter()
        outcome: dict[str, Any] = {"outcome": "failed"}
        try:
            with self._traces.begin(request, origin) as trace:
                with translated_faults(request.upstream.registry, origin):
                    headers = {**_headers(request, authorization), **trace.headers}
                    reply = await _exchanged(transport, request, url, origin, headers, trace)
                trace.answered(reply, challenged=authorization is None)
            outcome = {"status": reply.status, "bytes": len(reply.body)}
        except PortcallError as error:
            outcome = {"outcome": error.code}
            raise
        finally:
            _tell(request, origin, time.perf_counter() - started, outcome)
        call_at_hand().received += len(reply.body)
        self._limits.observe(request, origin, reply)
        return reply

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pools.aclose()


def origin_of(upstream: Upstream, url: str) -> Origin:
    """Return where ``url``, which ``upstream`` gave, leads.

    Raises:
        BlockedError: It is no plain http(s) URL.
    """
    origin = Origin.of(url)
    if origin is None:
        raise BlockedError(
            f"{upstream.registry} points at something that is no http(s) URL",
            hint="The registry is misconfigured, or up to no good.",
            registry=upstream.registry,
        )
    return origin


def _headers(request: ResourceRequest, authorization: str | None) -> dict[str, str]:
    headers = {**_HEADERS, "Accept": request.accept}
    if authorization is not None:
        headers["Authorization"] = authorization
    if request.content is not None:
        headers["Content-Type"] = request.content.media_type
    if request.span is not None and request.span.header is not None:
        headers["Range"] = request.span.header
    return headers


def _tell(request: ResourceRequest, origin: Origin, seconds: float, outcome: Mapping[str, Any]) -> None:
    _log.debug(
        "upstream_request",
        registry=request.upstream.registry,
        host=origin.netloc,
        method=request.method,
        seconds=round(seconds, 4),
        **outcome,
    )


async def _exchanged(
    transport: GuardedTransport,
    request: ResourceRequest,
    url: str,
    origin: Origin,
    headers: Mapping[str, str],
    trace: RequestTrace,
) -> Reply:
    import httpx  # late, and loaded with the first connection: see http/pools.py

    content = request.content.body if request.content else None
    built = httpx.Request(request.method, url, headers=headers, content=content)
    # Two parsers read the address: what was checked must be what is connected to.
    _require_same(request.upstream, origin, str(built.url))
    # The call's deadline bounds the time of it all; see deadline.py.
    response = await transport.handle_async_request(built)
    if request.span is not None and response.status_code in _WITH_CONTENT:
        return _opened(request, response, url, origin, trace)
    async with aclosing(response):
        return await _read(request, response, url)


def _opened(
    request: ResourceRequest, response: httpx.Response, url: str, origin: Origin, trace: RequestTrace
) -> OpenReply:
    """Return the reply with its body still to come."""
    stream = trace.over(cast("AsyncByteStream", response.stream))
    body = OpenBody(stream, request.upstream.registry, origin)
    return OpenReply(response.status_code, _lowered(response), url=url, content=body)


def _lowered(response: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


async def _read(request: ResourceRequest, response: httpx.Response, url: str) -> Reply:
    status, headers = response.status_code, _lowered(response)
    body = b""
    if request.method == "HEAD":
        return Reply(status, headers, body, url)
    if response.is_success:
        what = f"an answer of {request.upstream.registry}"
        body = await read_body(response, request.max_bytes, what)
        if request.digest is None or not request.is_answered_by(body):
            coding = headers.get("content-encoding", "").strip().lower()
            body = decoded(body, coding, request.max_bytes, what)
    elif status not in REDIRECTS:
        body = await read_start(response, MAX_ERROR_BYTES)
    else:
        length = declared_length(response)
        if length is not None and length <= _MAX_REDIRECT_BYTES:
            await read_start(response, _MAX_REDIRECT_BYTES)
    return Reply(status, headers, body, url)


def _require_same(upstream: Upstream, origin: Origin, url: str) -> None:
    if origin_of(upstream, url) != origin:
        raise BlockedError(
            f"{upstream.registry} points at an address that reads in two ways",
            hint="The registry is misconfigured, or up to no good.",
            registry=upstream.registry,
        )
