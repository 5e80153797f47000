"""One resource from the wire: tried again, redirected, authenticated, as registries have it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from portcall.errors import BlockedError, UnreachableError, UpstreamError
from portcall.http.auth import MAX_TOKEN_BYTES, Authenticator
from portcall.http.reply import Content, Reply, ResourceRequest
from portcall.http.retry import BrokenConnectionError, retrying
from portcall.http.sender import REDIRECTS, Sender, origin_of
from portcall.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from portcall.http.upstream import Upstream

#: Redirects followed for one request; registries need one, their storage perhaps a second.
MAX_REDIRECTS = 5

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

    async def ask(self, request: ResourceRequest) -> Reply:
        """Return the registry's last word on ``request``, whatever its status.

        Raises:
            PortcallError: There is none: see :meth:`portcall.http.client.HttpClient.fetch`.
        """
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
            reply = await self._authenticated(request, url)
            location = reply.headers.get("location")
            # What sends something along is sent to one place only.
            if reply.status not in REDIRECTS or not location or request.content is not None:
                return reply
            url = _next_hop(upstream, url, location)
            if origin_of(upstream, url) != upstream.origin:
                # From here on a stranger says where to go: not even back home with the credentials.
                stranger = replace(upstream, credentials=None)
                request = replace(request, upstream=stranger, authorization=None)
        raise UpstreamError(
            f"{upstream.registry} redirects without end",
            hint="The registry is misconfigured; try again later.",
            registry=upstream.registry,
        )

    async def _authenticated(self, request: ResourceRequest, url: str) -> Reply:
        """Send one request, and once more with what a 401 asks for."""
        upstream = request.upstream
        if request.plain:
            return await self._sender.send(request, url, request.authorization)
        origin = origin_of(upstream, url)
        sent = await self.auth.anticipate(upstream, origin, request.scope)
        reply = await self._sender.send(request, url, sent.header)
        if reply.status == 401:
            answer = await self.auth.answer(upstream, origin, reply, request.scope, sent)
            if answer is not None:
                sent = answer
                reply = await self._sender.send(request, url, sent.header)
        self.auth.judge(upstream, origin, sent, reply)
        return reply

    async def _ask_token_service(
        self, upstream: Upstream, url: str, authorization: str | None = None, form: str | None = None
    ) -> Reply:
        content = Content(form.encode(), "application/x-www-form-urlencoded") if form is not None else None
        method = "GET" if content is None else "POST"
        request = ResourceRequest(
            upstream, url, method, accept="application/json", max_bytes=MAX_TOKEN_BYTES, content=content
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
