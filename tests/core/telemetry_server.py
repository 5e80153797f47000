"""A server with an agent that asks it once, as a process of its own: ``HOST ENDPOINT`` are its arguments.

Prints the agent's trace, seconds that the question and the end took, and what of OpenTelemetry is loaded.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time

from mcp import Client
from opentelemetry import baggage, context, trace

from portcall import Portcall
from portcall.logs import configure_logging
from portcall.server.app import build_server
from portcall.settings import load_settings
from portcall.telemetry import configure_telemetry


async def ask(host: str, endpoint: str) -> tuple[str, float]:
    registries = {
        "PORTCALL_REGISTRIES": json.dumps({host: {"endpoint": endpoint}}),
        "PORTCALL_NETWORK__PROXY": "none",
    }
    server = build_server(Portcall(load_settings(os.devnull, registries)))
    token = context.attach(baggage.set_baggage("user", "ada"))
    async with Client(server) as client:
        with trace.get_tracer("agent").start_as_current_span("agent") as span:
            started = time.monotonic()
            result = await client.call_tool("get_manifest", {"image_name": f"{host}/shop/api:1"})
            seconds = time.monotonic() - started
    context.detach(token)
    assert not result.is_error, result
    return trace.format_trace_id(span.get_span_context().trace_id), seconds


def main(host: str, endpoint: str) -> None:
    configure_logging()
    telemetry = configure_telemetry()
    identity, seconds = asyncio.run(ask(host, endpoint))
    started = time.monotonic()
    if telemetry is not None:
        telemetry.close()
    ending = time.monotonic() - started
    json.dump(
        {
            "is_on": telemetry is not None,
            "trace": identity,
            "seconds": seconds,
            "ending": ending,
            "sdk": "opentelemetry.sdk" in sys.modules,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
