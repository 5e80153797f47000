"""What Prometheus is told: how often, how long, how much, and how it went.

Nothing of what is asked becomes a label: tools and registries are those that the operator has, routes and
outcomes those that there are, and everything else is ``other``. So nobody can make this grow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

from portcall.errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Collection

    from portcall.call_event import CallFinished

OTHER = "other"
ROUTES = (
    "/mcp",
    "/healthz",
    "/readyz",
    "/metrics",
    "/authorize",
    "/token",
    "/register",
    "/revoke",
    "/signin",
    "/signin/style.css",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/mcp",
)
METHODS = ("GET", "HEAD", "POST", "DELETE", "OPTIONS")
OUTCOMES = ("ok", "cancelled", *get_args(ErrorCode))
LOOKUPS = ("memory", "disk", "redis", "upstream", "stale")
REFUSALS = ("missing_token", "invalid_token", "insufficient_scope", "unavailable", "signin", "throttled")

# Seconds: answers from memory take milliseconds, layers minutes.
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class Metrics:
    """Counts what happens in this process; :mod:`portcall.server.asgi.exposition` tells it.

    Args:
        tools: The tools that there are.
        registries: The registries that are worth a line of their own.
        version: Of portcall.
    """

    def __init__(self, *, tools: Collection[str], registries: Collection[str], version: str) -> None:
        self._tools = frozenset(tools)
        self._registries = frozenset(registries)
        self._of_calls()
        self._of_requests()
        build = Gauge(
            "portcall_build_info", "The version that runs.", ["version"], registry=None, multiprocess_mode="max"
        )
        build.labels(version).set(1)
        self.all: tuple[MetricWrapperBase, ...] = (
            *(each for each in vars(self).values() if isinstance(each, MetricWrapperBase)),
            build,
        )

    def _of_calls(self) -> None:
        self._calls = Counter(
            "portcall_tool_calls_total", "Calls of tools that have ended.", ["tool", "outcome"], registry=None
        )
        self._call_seconds = Histogram(
            "portcall_tool_seconds", "How long calls took.", ["tool"], registry=None, buckets=_BUCKETS
        )
        self._upstream = Counter(
            "portcall_upstream_requests_total",
            "Requests to registries and token services, by the registry that a call was about.",
            ["registry"],
            registry=None,
        )
        self._upstream_bytes = Counter(
            "portcall_upstream_bytes_total", "Bytes that registries answered with.", ["registry"], registry=None
        )
        self._lookups = Counter(
            "portcall_cache_lookups_total", "How questions were answered.", ["outcome"], registry=None
        )
        self._refusals = Counter(
            "portcall_auth_refusals_total", "Requests that were not let in.", ["reason"], registry=None
        )

    def _of_requests(self) -> None:
        self._requests = Counter(
            "portcall_http_requests_total", "HTTP requests.", ["route", "method", "status"], registry=None
        )
        self._request_seconds = Histogram(
            "portcall_http_request_seconds",
            "How long HTTP requests took, streams of notifications left out.",
            ["route"],
            registry=None,
            buckets=_BUCKETS,
        )
        self._in_flight = Gauge(
            "portcall_http_in_flight",
            "HTTP requests that are being answered, streams of notifications left out.",
            registry=None,
            multiprocess_mode="livesum",
        )
        self._streams = Gauge(
            "portcall_listen_streams",
            "Open streams of notifications.",
            registry=None,
            multiprocess_mode="livesum",
        )

    def hear(self, event: CallFinished) -> None:
        """Count a call of a tool that has ended."""
        tool = event.tool if event.tool in self._tools else OTHER
        self._calls.labels(tool, _one_of(event.outcome, OUTCOMES)).inc()
        self._call_seconds.labels(tool).observe(event.seconds)
        if event.requests:
            registry = event.registry if event.registry in self._registries else OTHER
            self._upstream.labels(registry).inc(event.requests)
            self._upstream_bytes.labels(registry).inc(event.received)
        for outcome, times in event.looked_up.items():
            self._lookups.labels(_one_of(outcome, LOOKUPS)).inc(times)

    def refused(self, reason: str) -> None:
        """Count somebody who was not let in."""
        self._refusals.labels(_one_of(reason, REFUSALS)).inc()

    def begin(self, *, is_stream: bool) -> None:
        """Count a request that is being answered."""
        (self._streams if is_stream else self._in_flight).inc()

    def end(self, path: str, method: str, status: int | None, seconds: float, *, is_stream: bool) -> None:
        """Count a request that was answered; without a status, one that was given up."""
        (self._streams if is_stream else self._in_flight).dec()
        route = _one_of(path, ROUTES)
        self._requests.labels(route, _one_of(method, METHODS), "none" if status is None else str(status)).inc()
        if not is_stream:
            self._request_seconds.labels(route).observe(seconds)


def _one_of(value: str, known: Collection[str]) -> str:
    return value if value in known else OTHER
