"""Telemetry: traces sent to a collector by OpenTelemetry, where its standard variables ask for that.

The variables are OpenTelemetry's own, and its SDK reads them: where to (``OTEL_EXPORTER_OTLP_ENDPOINT``,
``…_HEADERS``, ``…_TIMEOUT``), how much (``OTEL_TRACES_SAMPLER``), as whom (``OTEL_SERVICE_NAME``,
``OTEL_RESOURCE_ATTRIBUTES``). Without them nothing of it is loaded.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import uuid
from typing import TYPE_CHECKING

from portcall.logs import get_logger
from portcall.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

    from portcall.call import Call

#: Seconds that the last spans have to reach their collector once the server is done.
_LAST_WORDS = 2.0
_EXPORTER = "OTEL_TRACES_EXPORTER"
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_PROTOCOL = "http/protobuf"
#: Logs variables that hold secrets, word for word, where they are not well-formed.
_INDISCREET = "opentelemetry.util.re"

_log = get_logger("portcall.telemetry")


class Telemetry:
    """Traces on their way to a collector.

    Args:
        provider: Makes and sends them.
    """

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider

    def close(self) -> None:
        """Send what has not been sent; two seconds later at the latest, leave it at that. Blocks meanwhile."""
        # A thread that holds up nobody's end: an exporter tries again for longer than anybody waits.
        ending = threading.Thread(target=self._provider.shutdown, name="portcall-telemetry", daemon=True)
        ending.start()
        ending.join(_LAST_WORDS)


def configure_telemetry(service_name: str = "portcall") -> Telemetry | None:
    """Send this process's traces to where the environment says; return ``None`` where it does not.

    Never raises: that it cannot be done is a warning in the log. Where somebody has configured OpenTelemetry
    already, as ``opentelemetry-instrument`` does, that stays as it is.

    Args:
        service_name: What the process is called, unless the environment has a name for it.
    """
    wanted = exporters_wanted(os.environ)
    if not wanted:
        return None
    try:
        from opentelemetry import trace

        if not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
            return None
        provider = _provider(service_name, wanted)
    except ImportError:
        _log.warning("telemetry_is_not_installed", hint="pip install 'portcall[otel]'")
        return None
    except Exception as error:  # noqa: BLE001 - somebody else's reading of somebody else's variables
        _log.warning("telemetry_is_misconfigured", error=type(error).__name__, hint="See the variables OTEL_….")
        return None
    trace.set_tracer_provider(provider)
    return Telemetry(provider)


def exporters_wanted(environ: Mapping[str, str]) -> frozenset[str]:
    """Return how the environment wants traces to be exported: ``otlp``, ``console``; by default not at all."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return frozenset()
    told = {name.strip().lower() for name in environ.get(_EXPORTER, "").split(",")} - {"", "none"}
    if not environ.get(_EXPORTER, "").strip() and any(environ.get(name, "").strip() for name in _ENDPOINTS):
        told = {"otlp"}
    for name in sorted(told - {"otlp", "console"}):
        _log.warning("telemetry_exporter_is_unknown", exporter=name, hint=f"Set {_EXPORTER} to otlp.")
    protocol = next((environ[name] for name in _PROTOCOLS if environ.get(name, "").strip()), _PROTOCOL)
    if "otlp" in told and protocol.strip().lower() != _PROTOCOL:
        _log.warning(
            "telemetry_protocol_is_unknown",
            hint=f"Set {_PROTOCOLS[1]} to {_PROTOCOL}, and the endpoint to a port for that: often 4318.",
        )
        told.discard("otlp")
    return frozenset(told & {"otlp", "console"})


def note_call(call: Call, outcome: str) -> None:
    """Let the span that a call is a part of tell what it was about, and how it went.

    Args:
        call: It.
        outcome: ``"ok"``, or its error's code.
    """
    if "opentelemetry.trace" not in sys.modules:
        return  # nobody can have begun a span
    from opentelemetry.trace import get_current_span

    span = get_current_span()
    if not span.is_recording():
        return
    span.set_attribute("portcall.outcome", outcome)
    span.set_attribute("portcall.requests", call.requests)
    if call.registry is not None:
        span.set_attribute("portcall.registry", call.registry)
    for tier, count in call.looked_up.items():
        span.set_attribute(f"portcall.lookups.{tier}", count)


def _provider(service_name: str, wanted: frozenset[str]) -> TracerProvider:
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporters = [_exporter(name) for name in sorted(wanted)]
    own = {
        "service.name": service_name,
        "service.version": __version__,
        "service.instance.id": str(uuid.uuid4()),
    }
    # What the environment says goes before.
    resource = Resource.create(own).merge(OTELResourceDetector().detect())
    # Whoever serves closes it, in a time that is bounded; at the interpreter's end it would not be.
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    for exporter in exporters:
        provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def _exporter(name: str) -> SpanExporter:
    if name == "console":
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter

        # Over stdio, stdout is the protocol's.
        return ConsoleSpanExporter(out=sys.stderr)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    logging.getLogger(_INDISCREET).addFilter(_without_values)
    return OTLPSpanExporter()


def _without_values(record: logging.LogRecord) -> bool:
    """Let a record through without what it quotes."""
    record.args = tuple("…" for _ in record.args) if isinstance(record.args, tuple) else ("…",)
    return True
