"""``/metrics``: the numbers of this process, or of all its siblings on this host, as Prometheus reads them."""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.values import ValueClass
from starlette.routing import Route

from portcall.server.asgi.authority import header_values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Receive, Scope, Send

    from portcall.server.asgi.metrics import Metrics

#: The library's own: where workers of one host put their numbers, so that any of them answers for all.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_LIVE = "gauge_livesum_"


class Exposition:
    """Answers Prometheus, in the format that it asks for.

    Args:
        metrics: What was counted.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._registry = CollectorRegistry(support_collectors_without_names=True)
        # The library has decided when it was imported; its word counts, not the environment's of now.
        if getattr(ValueClass, "_multiprocess", False):
            folder = Path(os.environ[FOLDER_VARIABLE])
            MultiProcessCollector(self._registry, path=str(folder))  # type: ignore[no-untyped-call]
            self._registry.register(_Workers(folder))
        else:
            for each in metrics.all:
                self._registry.register(each)
            ProcessCollector(registry=self._registry)

    @property
    def routes(self) -> list[Route]:
        """The path, for GET and HEAD."""
        return [Route("/metrics", endpoint=self, methods=["GET"])]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the numbers."""
        del receive
        content, kind = self.told(",".join(header_values(scope, b"accept")))
        headers = [
            (b"content-type", kind.encode()),
            (b"content-length", str(len(content)).encode()),
            (b"cache-control", b"no-store"),
            (b"vary", b"Accept"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def told(self, accept: str) -> tuple[bytes, str]:
        """Return the numbers, and their media type, for what an ``Accept`` header asks for."""
        encode, kind = choose_encoder(_readable(accept))
        return encode(self._registry), kind


def _readable(accept: str) -> str:
    """Return what of an ``Accept`` header the library can read: it stumbles over versions, and repeats them."""
    versions = re.findall(r"version\s*=\s*([^;,\s]*)", accept)
    return accept if all(re.fullmatch(r"[0-9]\.[0-9]\.[0-9]", version) for version in versions) else ""


class _Workers(Collector):
    """What the system says of all workers: sums, but for when the oldest began and what each may open."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        """Return the usual process metrics, of those that live."""
        found: dict[str, list[tuple[Metric, float]]] = {}
        for path in self._folder.glob(f"{_LIVE}*.db"):
            pid = path.stem.removeprefix(_LIVE)
            for metric in ProcessCollector(pid=partial(str, pid), registry=None).collect():
                found.setdefault(metric.name, []).extend((metric, sample.value) for sample in metric.samples)
        for name, each in found.items():
            first = each[0][0]
            values = [value for _, value in each]
            is_least = name.endswith(("start_time_seconds", "max_fds"))
            family = CounterMetricFamily if first.type == "counter" else GaugeMetricFamily
            yield family(name, first.documentation, value=min(values) if is_least else sum(values))
