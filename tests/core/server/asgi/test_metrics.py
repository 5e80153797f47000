"""What Prometheus is told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.routing import Router
from starlette.types import Receive, Scope, Send
from tests.core.server.asgi.bed import Answer, ask, scope_of, welcome

from portcall.call_event import CallFinished
from portcall.server.asgi.exposition import Exposition
from portcall.server.asgi.measured import Measured
from portcall.server.asgi.metrics import Metrics

pytestmark = pytest.mark.anyio

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(tools={"search_tags"}, registries={"docker.io"}, version="1.2.3")


async def scraped(metrics: Metrics, accept: str = "", method: str = "GET") -> Answer:
    scope = scope_of(method, "/metrics", headers=[("accept", accept)])
    answer = await ask(Router(Exposition(metrics).routes), scope)
    assert answer is not None
    return answer


def read(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def samples(metrics: Metrics) -> Samples:
    return read((await scraped(metrics)).body.decode())


def key(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


async def test_calls_are_counted_with_what_they_cost(metrics: Metrics):
    metrics.hear(CallFinished("search_tags", "ok", "docker.io", seconds=0.2, requests=3, received=1000))
    metrics.hear(CallFinished("search_tags", "not_found", "docker.io", seconds=0.02, looked_up={"memory": 2}))
    told = await samples(metrics)
    assert told[key("portcall_tool_calls_total", tool="search_tags", outcome="ok")] == 1
    assert told[key("portcall_tool_calls_total", tool="search_tags", outcome="not_found")] == 1
    assert told[key("portcall_tool_seconds_sum", tool="search_tags")] == pytest.approx(0.22)
    assert told[key("portcall_tool_seconds_bucket", tool="search_tags", le="0.025")] == 1
    assert told[key("portcall_upstream_requests_total", registry="docker.io")] == 3
    assert told[key("portcall_upstream_bytes_total", registry="docker.io")] == 1000
    assert told[key("portcall_cache_lookups_total", outcome="memory")] == 2
    assert told[key("portcall_build_info", version="1.2.3")] == 1
    assert told[key("process_resident_memory_bytes")] > 0


async def test_nothing_that_is_asked_makes_this_grow(metrics: Metrics):
    """A label for each registry that somebody invents would be a label for each request."""
    for number in range(100):
        invented = f"x{number}"
        metrics.hear(CallFinished(invented, invented, invented, requests=1, looked_up={invented: 1}))
        metrics.refused(invented)
        app = Measured(welcome, metrics)
        await ask(app, scope_of(invented, f"/{invented}"))
    told = await samples(metrics)
    assert not [name for name in told if "x7" in str(name)]
    assert told[key("portcall_tool_calls_total", tool="other", outcome="other")] == 100
    assert told[key("portcall_upstream_requests_total", registry="other")] == 100
    assert told[key("portcall_auth_refusals_total", reason="other")] == 100
    assert told[key("portcall_http_requests_total", route="other", method="other", status="200")] == 100


async def test_requests_are_counted_by_route_and_in_flight(metrics: Metrics):
    during: Samples = {}

    async def looking(scope: Scope, receive: Receive, send: Send) -> None:
        during.update(await samples(metrics))
        await welcome(scope, receive, send)

    await ask(Measured(looking, metrics))
    assert during[key("portcall_http_in_flight")] == 1
    told = await samples(metrics)
    assert told[key("portcall_http_in_flight")] == 0
    assert told[key("portcall_http_requests_total", route="/mcp", method="POST", status="200")] == 1
    assert told[key("portcall_http_request_seconds_count", route="/mcp")] == 1


async def test_streams_are_told_apart_from_requests(metrics: Metrics):
    """They last for hours, which says nothing of how fast we answer."""
    during: Samples = {}

    async def looking(scope: Scope, receive: Receive, send: Send) -> None:
        during.update(await samples(metrics))
        await welcome(scope, receive, send)

    headers = [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "subscriptions/listen")]
    await ask(Measured(looking, metrics), scope_of(headers=headers))
    assert during[key("portcall_listen_streams")] == 1
    assert during[key("portcall_http_in_flight")] == 0
    told = await samples(metrics)
    assert told[key("portcall_listen_streams")] == 0
    assert key("portcall_http_request_seconds_count", route="/mcp") not in told


async def test_a_request_that_fails_is_not_in_flight_for_ever(metrics: Metrics):
    async def failing(*_: object) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await ask(Measured(failing, metrics))
    told = await samples(metrics)
    assert told[key("portcall_http_in_flight")] == 0
    assert told[key("portcall_http_requests_total", route="/mcp", method="POST", status="none")] == 1


@pytest.mark.parametrize(
    ("status", "sent", "said", "reason"),
    [
        (401, [], "Bearer", "missing_token"),
        (401, [("authorization", "Bearer x")], 'Bearer error="invalid_token"', "invalid_token"),
        (403, [("authorization", "Bearer x")], 'Bearer error="insufficient_scope"', "insufficient_scope"),
        (403, [], "", None),
        (200, [], "", None),
    ],
)
async def test_who_is_not_let_in_is_counted_by_reason(
    metrics: Metrics, status: int, sent: list[tuple[str, str]], said: str, reason: str | None
):
    async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        headers = [(b"WWW-Authenticate", said.encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    await ask(Measured(refusing, metrics), scope_of(headers=sent))
    told = await samples(metrics)
    refused = {labels: value for (name, labels), value in told.items() if name == "portcall_auth_refusals_total"}
    assert refused == ({frozenset({("reason", reason)}): 1} if reason else {})


async def test_prometheus_gets_the_format_that_it_asks_for(metrics: Metrics):
    plain = await scraped(metrics)
    assert plain.headers["content-type"].startswith("text/plain; version=0.0.4")
    newer = await scraped(metrics, "application/openmetrics-text; version=1.0.0, text/plain;q=0.1")
    assert newer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert newer.body.endswith(b"# EOF\n")
    assert (await scraped(metrics, method="HEAD")).status == 200


@pytest.mark.parametrize(
    "accept",
    [
        "application/openmetrics-text; version=x",
        "text/plain; version=1..;",
        ";;=,,\xff",
        "text/plain; version =2.x",
        "application/openmetrics-text; version=2.0,text/html",
        "application/openmetrics-text;version=9.<b>;version=1.0.0",
        "application/openmetrics-text; VERSION=2.<b>",
    ],
)
async def test_whatever_is_asked_for_something_readable_is_told(metrics: Metrics, accept: str):
    answer = await scraped(metrics, accept)
    assert answer.status == 200
    assert b"portcall_build_info" in answer.body
    assert not set("<\xff") & set(answer.headers["content-type"])
    assert "html" not in answer.headers["content-type"]


WORKER = """
import sys
from portcall.call_event import CallFinished
from portcall.server.asgi.exposition import Exposition
from portcall.server.asgi.metrics import Metrics
metrics = Metrics(tools={"search_tags"}, registries=(), version="1.2.3")
metrics.hear(CallFinished("search_tags", seconds=0.2))
metrics.begin(is_stream=False)
print("counted", flush=True)
sys.stdin.readline()
sys.stdout.write(Exposition(metrics).told("")[0].decode())
sys.stdout.write("# end\\n")
sys.stdout.flush()
sys.stdin.readline()
"""


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def test_any_of_several_processes_tells_the_numbers_of_all(tmp_path: Path):
    def start() -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-c", WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
        )

    with start() as one, start() as other:
        for each in (one, other):
            assert each.stdout.readline() == "counted\n"
        for each in (one, other):
            each.stdin.write("\n")
            each.stdin.flush()
            text = "".join(iter(each.stdout.readline, "# end\n"))
            told = read(text)
            assert told[key("portcall_tool_calls_total", tool="search_tags", outcome="ok")] == 2
            assert told[key("portcall_tool_seconds_count", tool="search_tags")] == 2
            assert told[key("portcall_http_in_flight")] == 2
            assert told[key("portcall_build_info", version="1.2.3")] == 1
            assert told[key("process_cpu_seconds_total")] > 0
            alone = [resident_bytes(process.pid) for process in (one, other)]
            assert sum(alone) * 0.8 < told[key("process_resident_memory_bytes")] < sum(alone) * 1.2
        for each in (one, other):
            each.stdin.close()
