"""What ``portcall demo`` shows: a small company's registry, the same digests on every machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portcall.testing.catalog_images import api, debian, gateway, worker
from portcall.testing.images import BuiltManifest, helm_chart
from portcall.testing.registry import FakeRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The name that the demo's images give their registry.
DEMO_HOST = "registry.example"

_GATEWAYS = (
    # created, the version inside, Alpine?, tags
    ("2024-01-09", "1.2.0", False, "1.2.0"),
    ("2024-01-18", "1.2.1", False, "1.2.1 1.2"),
    ("2024-02-06", "1.3.0", False, "1.3.0"),
    ("2024-02-20", "1.3.1", False, "1.3.1 1.3"),
    ("2024-03-05", "1.4.0-rc.1", False, "1.4.0-rc.1"),
    ("2024-03-12", "1.4.0", False, "1.4.0"),
    ("2024-03-26", "1.4.1", False, "1.4.1 1.4"),
    ("2024-03-26", "1.4.1", True, "1.4.1-alpine"),
    ("2024-04-09", "1.5.0-rc.1", False, "1.5.0-rc.1"),
    ("2024-04-16", "1.5.0", False, "1.5.0-rc.2 1.5.0"),
    ("2024-04-29", "1.6.0-dev.20240429", False, "20240429"),
    ("2024-04-30", "1.5.1", False, "1.5.1 1.5 1 stable latest"),
    ("2024-04-30", "1.5.1", True, "1.5.1-alpine 1.5-alpine alpine"),
    ("2024-05-01", "1.6.0-dev.20240501", False, "20240501 edge"),
)
_VALUES = "replicas: 2\nimage:\n  repository: {host}/shop/api\n  tag: {version}\n"
_TEMPLATE = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\n"


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """One push: a repository, what goes there, and its tags."""

    repository: str
    built: BuiltManifest
    tags: tuple[str, ...]


def demo_catalog(host: str = DEMO_HOST) -> tuple[CatalogEntry, ...]:
    """Return the demo's images, oldest first.

    =================  ===================================================================================
    ``base/debian``    ``12.5-slim``; ``12.6-slim`` = ``12-slim``: the base of ``shop/api`` has moved on
    ``shop/api``       ``1.4.1``; ``1.4.2`` = ``1.4`` = ``1`` = ``latest``: a service with a full history
    ``shop/gateway``   25 tags over 14 digests, ``1.2.0`` to ``1.5.1``, ``-alpine``, ``edge``, dates
    ``shop/worker``    ``2.0.0`` = ``latest``: with BuildKit's provenance (its Dockerfile inside) and SBOM
    ``charts/shop``    ``0.3.0``, ``0.3.1``: a Helm chart
    =================  ===================================================================================

    All but the chart are for linux/amd64 and linux/arm64/v8.

    Args:
        host: The registry's name where images speak of each other, e.g. of their base.
    """
    return tuple(_entries(host))


def demo_registry(host: str = DEMO_HOST, **options: Any) -> FakeRegistry:
    """Return a registry that holds the demo's images; ``options`` are :class:`FakeRegistry`'s."""
    registry = FakeRegistry(**options)
    for entry in demo_catalog(host):
        registry.push(entry.repository, entry.built, tags=entry.tags)
    return registry


def _entries(host: str) -> Iterator[CatalogEntry]:
    old, new = debian(5, "2024-04-10T01:20:00Z"), debian(6, "2024-04-24T01:20:00Z")
    yield CatalogEntry("base/debian", old, ("12.5-slim",))
    yield CatalogEntry("base/debian", new, ("12.6-slim", "12-slim"))

    base = f"{host}/base/debian:12-slim"
    yield CatalogEntry("shop/api", api("1.4.1", "2024-04-17T09:30:00Z", old, base), ("1.4.1",))
    current = api("1.4.2", "2024-05-01T12:00:00Z", old, base)
    yield CatalogEntry("shop/api", current, ("1.4.2", "1.4", "1", "latest"))

    for day, version, alpine, tags in _GATEWAYS:
        built = gateway(version, f"{day}T08:15:00Z", alpine=alpine)
        yield CatalogEntry("shop/gateway", built, tuple(tags.split()))

    name = f"{host}/shop/worker:2.0.0"
    yield CatalogEntry("shop/worker", worker("2.0.0", "2024-04-22T16:45:00Z", name), ("2.0.0", "latest"))

    for chart, version in (("0.3.0", "1.4.1"), ("0.3.1", "1.4.2")):
        files = {
            "values.yaml": _VALUES.format(host=host, version=version),
            "templates/deployment.yaml": _TEMPLATE,
        }
        built_chart = helm_chart(
            "shop",
            chart,
            app_version=version,
            description="The whole shop",
            files=files,
            compression="gzip-stored",
        )
        yield CatalogEntry("charts/shop", built_chart, (chart,))
