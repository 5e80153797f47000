"""Traces reach a collector where OpenTelemetry's variables say so; whatever is wrong with that costs no call."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.core.http.asking import PASSWORD, REPOSITORY, USER, refused, serving, with_password
from tests.core.http.traces import tracing

from portcall.telemetry import configure_telemetry, exporters_wanted
from portcall.testing import BearerAuth, FakeRegistry, RecordingServer

pytestmark = pytest.mark.anyio

SERVER = Path(__file__).with_name("telemetry_server.py")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    with serving(auth=BearerAuth()) as made:
        yield made


def asked(registry: FakeRegistry, *code: str, **variables: str) -> tuple[dict[str, Any], str]:
    """Ask a server of its own process about a registry; return what it printed, and its log."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "PORTCALL_"))}
    command = [sys.executable, *(code or (str(SERVER),)), registry.address.netloc, registry.address.url]
    ended = subprocess.run(
        command, env=environ | variables, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout), ended.stderr


def collected(collector: RecordingServer) -> list[tuple[Mapping[str, str], Any]]:
    """Return the spans that a collector was sent, each with its resource's attributes."""
    found = []
    for request in collector.requests:
        assert (request.method, request.path) == ("POST", "/v1/traces")
        for group in ExportTraceServiceRequest.FromString(request.body).resource_spans:
            resource = {pair.key: pair.value.string_value for pair in group.resource.attributes}
            found += [(resource, span) for scope in group.scope_spans for span in scope.spans]
    return found


def test_an_agents_trace_goes_on_in_the_server_and_in_the_registry_and_a_collector_gets_it_all(
    registry: FakeRegistry,
):
    collector = RecordingServer(200, body=b"", content_type="application/x-protobuf")
    with collector.serve() as address:
        told, log = asked(
            registry, OTEL_EXPORTER_OTLP_ENDPOINT=address.url, OTEL_EXPORTER_OTLP_HEADERS="key=s3cret"
        )
    assert log == ""
    assert {one.headers["key"] for one in collector.requests} == {"s3cret"}
    found = collected(collector)
    resource = found[0][0]
    assert resource["service.name"] == "portcall"
    assert resource["service.version"]
    spans = {span.span_id: span for _, span in found if span.trace_id.hex() == told["trace"]}
    named = {span.name: span for span in spans.values()}
    requests = [span for span in spans.values() if span.name == "GET 127.0.0.1"]
    call = named["tools/call get_manifest"]
    # The challenge, the token, the manifest: each a part of the call, the call a part of what the agent does.
    assert [spans[span.parent_span_id].name for span in requests] == [call.name] * 3
    agent: Any = call
    while agent.parent_span_id:
        agent = spans[agent.parent_span_id]
    assert agent.name == "agent"
    noted = {pair.key: pair.value for pair in call.attributes}
    assert noted["portcall.outcome"].string_value == "ok"
    assert noted["portcall.registry"].string_value == registry.address.netloc
    # The registry was told the same, and nothing of the agent's user.
    contexts = [one.headers["traceparent"].split("-") for one in registry.requests]
    assert {trace for _, trace, _, _ in contexts} == {told["trace"]}
    assert {span for _, _, span, _ in contexts} == {span.span_id.hex() for span in requests}
    assert not any("baggage" in one.headers for one in registry.requests)


@pytest.mark.parametrize("silent", [pytest.param(False, marks=pytest.mark.slow), True])
def test_a_collector_that_is_away_or_silent_slows_no_call_and_holds_up_the_end_for_two_seconds_at_most(
    registry: FakeRegistry, silent: bool
):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1] if silent else 9
        url = f"http://127.0.0.1:{port}"
        told, _ = asked(registry, OTEL_EXPORTER_OTLP_ENDPOINT=url, OTEL_BSP_SCHEDULE_DELAY="1")
    assert told["is_on"]
    assert told["seconds"] < 1.5
    assert told["ending"] < 2.5


def test_what_is_not_installed_is_told_once_with_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    with caplog.at_level(logging.WARNING):
        assert configure_telemetry() is None
    (record,) = caplog.records
    assert record.__dict__["hint"] == "pip install 'portcall[otel]'"


def test_without_the_variables_there_is_none(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    assert configure_telemetry() is None
    assert caplog.records == []


def test_what_the_environment_says_goes_before_and_no_secret_of_its_is_repeated(registry: FakeRegistry):
    """Headers that cannot be read are a warning without them; spans on a terminal go to stderr."""
    collector = RecordingServer(200, body=b"", content_type="application/x-protobuf")
    with collector.serve() as address:
        told, log = asked(
            registry,
            OTEL_TRACES_EXPORTER="otlp,console",
            OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"{address.url}/v1/traces",
            OTEL_EXPORTER_OTLP_HEADERS="Authorization: Bearer canary-5ecret",
            OTEL_SERVICE_NAME="team-portcall",
            OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=test",
        )
    assert told["is_on"]
    resource, _ = collected(collector)[0]
    assert (resource["service.name"], resource["deployment.environment.name"]) == ("team-portcall", "test")
    assert "tools/call get_manifest" in log
    assert "header" in log.lower()
    assert "canary-5ecret" not in log


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, set()),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, set()),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, {"otlp"}),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, {"otlp"}),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, set()),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, {"otlp"}),
        ({"OTEL_TRACES_EXPORTER": " OTLP , console"}, {"otlp", "console"}),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "True"}, set()),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, {"otlp"}),
        (
            {
                "OTEL_TRACES_EXPORTER": "otlp",
                "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
            },
            {"otlp"},
        ),
    ],
)
def test_the_standard_variables_say_whether(
    environ: dict[str, str], wanted: set[str], caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.WARNING):
        assert exporters_wanted(environ) == wanted
    assert caplog.records == []


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER"),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "http/protobuf"),
    ],
)
def test_what_is_not_spoken_here_is_told(
    environ: dict[str, str], words: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with caplog.at_level(logging.WARNING):
        assert configure_telemetry() is None
    (record,) = caplog.records
    assert words in record.__dict__["hint"]


async def test_the_span_of_a_call_tells_what_it_was_about_and_how_it_went():
    with serving(auth=BearerAuth({USER: PASSWORD}, public=[])) as registry:
        async with tracing(with_password(registry.address)) as (gateway, traces):
            for tag in ("1", "1", "nosuchtag"):
                with traces.call(tag):
                    if tag == "1":
                        await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}:{tag}")
                    else:
                        with refused("not_found"):
                            await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}:{tag}")
        registry_and_outcome = {"portcall.registry": registry.address.netloc, "portcall.outcome": "ok"}
    first, second, third = ({**span.attributes} for span in traces.calls)
    assert first == registry_and_outcome | {"portcall.requests": 3, "portcall.lookups.upstream": 1}
    assert second == registry_and_outcome | {"portcall.requests": 0, "portcall.lookups.memory": 2}
    assert third["portcall.outcome"] == "not_found"


def test_the_shell_loads_nothing_of_it(registry: FakeRegistry):
    """What costs thirty milliseconds is the server's, which has it anyhow."""
    ask = """
import asyncio, json, os, sys
from portcall import Portcall
from portcall.settings import load_settings
async def main():
    host, endpoint = sys.argv[1:]
    variables = {"PORTCALL_REGISTRIES": json.dumps({host: {"endpoint": endpoint}})}
    async with Portcall(load_settings(os.devnull, variables | {"PORTCALL_NETWORK__PROXY": "none"})) as pc:
        await pc.get_manifest(f"{host}/shop/api:1")
asyncio.run(main())
json.dump([name for name in sys.modules if name.startswith("opentelemetry")], sys.stdout)
"""
    told, _ = asked(registry, "-c", ask, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")
    assert told == []
