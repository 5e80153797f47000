"""Traces: a span for each request upstream, and whom it tells which trace it belongs to.

Only the API of OpenTelemetry is used here, which does nothing until somebody configures it; and not even that is
loaded here for the process's own traces: where nobody has loaded it, nobody has configured it.

Spans hold no address but host and port: paths are names of repositories, which may be private, and queries may be
signatures. A collector is no place for either.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Self, cast

from portcall.errors import PortcallError
from portcall.version import __version__

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from contextvars import Context
    from types import TracebackType

    from httpx import AsyncByteStream
    from opentelemetry.trace import Span, Tracer, TracerProvider

    from portcall.http.origin import Origin
    from portcall.http.reply import Reply, ResourceRequest

#: Longest ``tracestate`` that is passed on, in characters: as long as everybody has to accept. It is the client's.
_LONGEST_STATE = 512


class UpstreamTraces:
    """Makes the spans of requests upstream, each a part of the call that it is sent for.

    Args:
        provider: Where they go; to the process's own by default, as soon as it has one.
    """

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self._provider = provider
        self._tracer: Tracer | None = None

    def begin(self, request: ResourceRequest, origin: Origin) -> RequestTrace:
        """Return the trace of one request to ``origin``, which is on its way from now on."""
        if self._provider is None and not _is_loaded():
            return RequestTrace(None)
        from opentelemetry.trace import SpanKind, get_tracer

        if self._tracer is None:
            self._tracer = get_tracer("portcall", __version__, self._provider)
        span = self._tracer.start_span(
            f"{request.method} {origin.host}", kind=SpanKind.CLIENT, attributes=_attributes(request, origin)
        )
        if not span.get_span_context().is_valid:
            return RequestTrace(None)  # nobody traces, neither here nor at the client's
        if request.way is not None:
            request.way.sent += 1
        return RequestTrace(span, _context_of(span) if may_learn_of_trace(request, origin) else None)


class RequestTrace:
    """The span of one request, where there is one; as a context it notes how the request fails, and ends.

    Args:
        span: It.
        headers: What tells the upstream of the trace.
    """

    def __init__(self, span: Span | None, headers: Mapping[str, str] | None = None) -> None:
        self._span = span
        self._is_open = False
        self.headers: Mapping[str, str] = headers or {}

    def answered(self, reply: Reply, *, challenged: bool) -> None:
        """Note down the reply.

        Args:
            reply: It.
            challenged: Whether a 401 is no failure: nothing was shown, and it says what to show.
        """
        span = self._span
        if span is None or not span.is_recording():
            return
        from opentelemetry.trace import StatusCode

        span.set_attribute("http.response.status_code", reply.status)
        if reply.status >= 400 and not (challenged and reply.status == 401):
            span.set_attribute("error.type", str(reply.status))
            span.set_status(StatusCode.ERROR)
        if not self._is_open:
            span.set_attribute("http.response.body.size", len(reply.body))

    def over(self, stream: AsyncByteStream) -> AsyncByteStream:
        """Return a body that is still to come, at whose end the span ends."""
        if self._span is None or not self._span.is_recording():
            return stream
        self._is_open = True
        return cast("AsyncByteStream", _TracedStream(stream, self._span))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._span is None:
            return
        if error is not None:
            _note_failure(self._span, error)
        if error is not None or not self._is_open:
            self._span.end()


class _TracedStream:
    """A response's body, counted; its span ends with it."""

    def __init__(self, stream: AsyncByteStream, span: Span) -> None:
        self._stream = stream
        self._span = span
        self._received = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._stream:
                self._received += len(chunk)
                yield chunk
        except Exception as error:
            _note_failure(self._span, error)
            raise

    async def aclose(self) -> None:
        if self._span.is_recording():
            self._span.set_attribute("http.response.body.size", self._received)
            self._span.end()
        await self._stream.aclose()


def may_learn_of_trace(request: ResourceRequest, origin: Origin) -> bool:
    """Tell whether a request may say which trace it belongs to: to the endpoint of a registry that is listed.

    Nobody else is told: no token service elsewhere, no storage that a redirect leads to, no registry that is
    merely named in a reference; and not the registry itself, where a redirect leads to it.
    """
    return request.upstream.listed and not request.redirected and origin == request.upstream.origin


def link_flight(context: Context) -> None:
    """Link the call at hand to the one that began the work which both now wait for.

    Args:
        context: In which that work runs.
    """
    if not _is_loaded():
        return
    from opentelemetry.trace import get_current_span

    span = get_current_span()
    if not span.is_recording():
        return
    began = context.run(get_current_span).get_span_context()
    if began.is_valid and began != span.get_span_context():
        span.add_link(began, {"portcall.shared": True})


def _is_loaded() -> bool:
    return "opentelemetry.trace" in sys.modules


def _attributes(request: ResourceRequest, origin: Origin) -> dict[str, str | int]:
    """Return what is known of a request beforehand, by OpenTelemetry's conventions for HTTP clients."""
    attributes: dict[str, str | int] = {
        "http.request.method": request.method,
        "server.address": origin.host,
        "server.port": origin.port,
        "url.scheme": origin.scheme,
        "portcall.registry": request.upstream.registry,
    }
    if request.way is not None and request.way.sent:
        attributes["http.request.resend_count"] = request.way.sent
    return attributes


def _context_of(span: Span) -> dict[str, str]:
    """Return the headers that tell of a span: W3C's ``traceparent`` and ``tracestate``, and never baggage."""
    from opentelemetry.trace import set_span_in_context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    headers: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(headers, set_span_in_context(span))
    if len(headers.get("tracestate", "")) > _LONGEST_STATE:
        del headers["tracestate"]
    return headers


def _note_failure(span: Span, error: BaseException) -> None:
    """Note what a request failed of; not in words, which may repeat what is private."""
    from opentelemetry.trace import StatusCode

    kind = "cancelled" if isinstance(error, asyncio.CancelledError) else type(error).__name__
    span.set_attribute("error.type", error.code if isinstance(error, PortcallError) else kind)
    span.set_status(StatusCode.ERROR)
