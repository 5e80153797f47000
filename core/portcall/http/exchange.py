"""One resource from the wire: tried again, redirected, authenticated, as registries have it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from portcall.errors import BlockedError, UnreachableError, UpstreamError
from portcall.http.auth import MAX_TOKEN_BYTES, Authenticator
from portcall.http.reply import Content, Reply, ResourceRequest, Way
from portcall.http.retry import BrokenConnectionError, retrying
from portcall.http.sender import REDIRECTS, Sender, origin_of
from portcall.logs import get_logger
from portcall.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from portcall.http.bearer import Authorization
    from portcall.http.upstream import Upstream

#: Redirects followed for one request; registries need one, their storage perhaps a second.
MAX_REDIRECTS = 5
#: Registries, each with who asks it, that are remembered to have answered once.
_MOST_MET = 4096
#: Seconds that others wait for the first request to a stranger.
_COURTESY = 1.0

_log = get_logger("portcall.http")


class Exchange:
    """Asks registries, and takes what they say for an answer: tries, redirects, authentication.

    Args:
        sender: Sends single requests.
        clock: Where the time comes from by which tokens end, in seconds; never set back.
    """

    def __init__(self, sender: Sender, clock: Callable[[], float]) -> None:
        self._sender = sender
        self.auth = Authenticator(self._ask_token_service, clock=clock)
        self._met: Recent[Hashable, bool] = Recent(_MOST_MET)
        self._meetings: dict[Hashable, asyncio.Event] = {}

    async def ask(self, request: ResourceRequest) -> Reply:
        """Return the registry's last word on ``request``, whatever its status.

        Raises:
            PortcallError: There is none: see :meth:`portcall.http.client.HttpClient.fetch`.
        """
        started = time.perf_counter()
        attempts = 0
        request = replace(request, way=Way())

        async def attempt() -> Reply:
            nonlocal attempts
            attempts += 1
            reply = await self._follow(request)
            if reply.status == 403 and origin_of(request.upstream, reply.url) != request.upstream.origin:
                # A signed address whose time is over, most likely: the registry signs another one.
                reply = await self._follow(request)
            return reply

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
            reply = await self._introduced(request, url)
            location = reply.headers.get("location")
            # What sends something along is sent to one place only.
            if reply.status not in REDIRECTS or not location or request.content is not None:
                return reply
            url = _next_hop(upstream, url, location)
            request = replace(request, redirected=True)
            if origin_of(upstream, url) != upstream.origin:
                # From here on a stranger says where to go: not even back home with the credentials.
                stranger = replace(upstream, credentials=None)
                request = replace(request, upstream=stranger, authorization=None)
        raise UpstreamError(
            f"{upstream.registry} redirects without end",
            hint="The registry is misconfigured; try again later.",
            registry=upstream.registry,
        )

    async def _introduced(self, request: ResourceRequest, url: str) -> Reply:
        """Send one request; the first to a stranger goes ahead of all others, which learn what he asks for.

        Otherwise fifty questions asked at once would be fifty times refused. Nobody waits for it for long.
        """
        upstream = request.upstream
        who = (upstream.registry, upstream.identity, origin_of(upstream, url))
        if request.plain or upstream.token_service or self._met.get(who):
            return await self._authenticated(request, url)
        meeting = self._meetings.get(who)
        if meeting is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_COURTESY):
                    await meeting.wait()
            return await self._authenticated(request, url)
        meeting = self._meetings[who] = asyncio.Event()
        try:
            return await self._authenticated(request, url)
        finally:
            # Whatever came of it: the others do not queue up to fail one after the other.
            self._met.put(who, value=True)
            del self._meetings[who]
            meeting.set()

    async def _authenticated(self, request: ResourceRequest, url: str) -> Reply:
        """Send one request, and once more with what a 401 asks for."""
        upstream = request.upstream
        if request.plain:
            return await self._sender.send(request, url, request.authorization)
        origin = origin_of(upstream, url)
        sent, reply = await self._show(request, url, await self.auth.anticipate(upstream, origin, request.scope))
        if reply.status == 401:
            answer = await self.auth.answer(upstream, origin, reply, request.scope, sent)
            if answer is not None:
                sent, reply = await self._show(request, url, answer, (sent, reply))
        self.auth.judge(upstream, origin, sent, reply)
        return reply

    async def _show(
        self,
        request: ResourceRequest,
        url: str,
        meant: Authorization,
        before: tuple[Authorization, Reply] | None = None,
    ) -> tuple[Authorization, Reply]:
        """Return what was shown in the end, and the reply to it; ``before``, where that would be shown again."""
        async with self.auth.showing(request.upstream, meant) as shown:
            if before is not None and shown.header == before[0].header:
                return before
            reply = await self._sender.send(request, url, shown.header)
            self.auth.note(request.upstream, shown, reply)
        return shown, reply

    async def _ask_token_service(
        self, upstream: Upstream, url: str, authorization: str | None = None, form: str | None = None
    ) -> Reply:
        content = Content(form.encode(), "application/x-www-form-urlencoded") if form is not None else None
        method = "GET" if content is None else "POST"
        request = ResourceRequest(
            upstream, url, method, accept="application/json", max_bytes=MAX_TOKEN_BYTES, content=content, way=Way()
        )
        try:
            return await retrying(lambda: self._sender.send(request, url, authorization))
        except BrokenConnectionError as error:
            # It has been tried often enough: the request that needs the token is not begun anew for it.
            raise UnreachableError(error.message, hint=error.hint, registry=error.registry) from error

    async def aclose(self) -> None:
        """Stop what is under way, and close every connection."""
        await self.auth.aclose()
        await self._sender.aclose()


def _next_hop(upstream: Upstream, url: str, location: str) -> str:
    try:
        target = urljoin(url, location)
    except ValueError:
        target = ""
    origin, before = origin_of(upstream, target), origin_of(upstream, url)
    if before.scheme == "https" and origin.scheme != "https":
        raise BlockedError(
            f"{upstream.registry} redirects from https to plain http",
            hint="The registry is misconfigured, or up to no good.",
            registry=upstream.registry,
        )
    return target
