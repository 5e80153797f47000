"""Spans caught in memory, and a call for them to be a part of."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, format_span_id, format_trace_id
from tests.core.http.asking import settings

import portcall

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import Span

    from portcall.testing import RecordedRequest


class Traces:
    """A provider of the test's own, and what came of it."""

    def __init__(self) -> None:
        self._caught = InMemorySpanExporter()
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self._caught))

    @contextlib.contextmanager
    def call(self, name: str = "tools/call") -> Iterator[Span]:
        """Be inside the span of a call, as the server is."""
        with self.provider.get_tracer("test").start_as_current_span(name, kind=SpanKind.SERVER) as span:
            yield span

    @property
    def requests(self) -> Sequence[ReadableSpan]:
        """The spans of requests upstream that have ended."""
        return [span for span in self._caught.get_finished_spans() if span.kind is SpanKind.CLIENT]

    @property
    def calls(self) -> Sequence[ReadableSpan]:
        """Those of the calls."""
        return [span for span in self._caught.get_finished_spans() if span.kind is SpanKind.SERVER]

    def written(self) -> str:
        """Return all that a collector would be told."""
        return "".join(span.to_json() for span in self._caught.get_finished_spans())


@contextlib.asynccontextmanager
async def tracing(
    registries: Mapping[str, Mapping[str, Any]] | None = None, *, local: bool = True, **options: Any
) -> AsyncIterator[tuple[portcall.Portcall, Traces]]:
    """Open the façade with traces of the test's own."""
    traces = Traces()
    made = portcall.Portcall(settings(registries, **options), local=local, tracer_provider=traces.provider)
    async with made as gateway:
        yield gateway, traces


def parent_told(span: ReadableSpan) -> str:
    """Return the ``traceparent`` that names a span."""
    context = span.context
    return f"00-{format_trace_id(context.trace_id)}-{format_span_id(context.span_id)}-01"


def told(request: RecordedRequest) -> set[str]:
    """Return the headers by which a request tells of its trace."""
    return set(request.headers) & {"traceparent", "tracestate", "baggage", "b3", "uber-trace-id"}
