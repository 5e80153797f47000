"""The four built-in backends keep the contract of the tools that find images, before doubles of their services."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.doubles.dockerhub import DockerHubDouble
from tests.doubles.dockerhub.failures import LONG_OUTAGE
from tests.doubles.ghcr import OCTO_TOKEN, GitHubDouble
from tests.doubles.ghcr import Outage as GitHubOutage
from tests.doubles.quay import QuayDouble
from tests.doubles.quay.switches import Outage as QuayOutage

from portcall.testing import FakeRegistry, image, layer, quirks
from portcall.testing.contract import DiscoveryContract, Place

#: Seconds that an outage asks for, more than a call has: it is told at once, and not after four tries.
A_WHILE = 900
OUTAGE = quirks.Answer(503, retry_after=A_WHILE)


class TestDockerHub(DiscoveryContract):
    """Search, lists, people; no scanner that tells, no Dockerfiles."""

    host = "docker.io"
    repository = "library/nginx"
    query = "nginx"
    namespace = "library"
    user = "grafana"
    unsupported = frozenset({"dockerfiles", "vulnerabilities"})

    @contextmanager
    def serve(self) -> Iterator[Place]:
        hub = DockerHubDouble()

        def take_down() -> None:
            hub.fail("api", LONG_OUTAGE)
            hub.registry.add(OUTAGE)

        with hub.serve() as places:
            entry = {**places.settings, "api": places.api}
            yield Place(entry, take_down, hostile=lambda: hub.hostile)
        assert hub.violations == []


class _Ghcr(DiscoveryContract):
    """Search by way of GitHub, packages, people, Dockerfiles; no scanner."""

    host = "ghcr.io"
    repository = "acme/app"
    query = "acme"
    namespace = "acme"
    user = "acme"
    dockerfiles = "acme/app"
    unsupported = frozenset({"vulnerabilities"})
    ignores_limit = frozenset({"search", "repositories"})
    token = ""

    @contextmanager
    def serve(self) -> Iterator[Place]:
        github = GitHubDouble()
        for number in range(100):
            # More than a page of packages, which has a hundred; and of repositories to look for them by, twenty.
            name = f"acme/part-{number:03}"
            source = github.catalogue.add_repository(name).full_name if number < 25 else None
            github.package(name, repository=source)

        def take_down() -> None:
            github.api.add(GitHubOutage(retry_after=A_WHILE))
            github.registry.add(OUTAGE)

        with github.serve() as places:
            entry = {"endpoint": places.registry.url, "api": places.api.url}
            login = {"api_token_env": "GITHUB"} if self.token else {}
            yield Place({**entry, **login}, take_down, {"GITHUB": self.token}, lambda: github.hostile)
        assert github.violations == []


class TestGhcrAnonymously(_Ghcr):
    """Asked by nobody in particular."""


class TestGhcrWithAToken(_Ghcr):
    """Asked by somebody with a classic token."""

    token = OCTO_TOKEN


class TestQuay(DiscoveryContract):
    """Search, lists, people, and a scanner; no Dockerfiles."""

    host = "quay.io"
    repository = "prometheus/busybox"
    query = "busybox"
    namespace = "bulk"
    user = "prometheus"
    image = "prometheus/node-exporter:v1.4.0"
    unsupported = frozenset({"dockerfiles"})
    ignores_limit = frozenset({"search", "repositories"})

    @contextmanager
    def serve(self) -> Iterator[Place]:
        quay = QuayDouble()
        for number in range(12):
            # More than a page of what a search finds, which has ten.
            quay.catalogue.repository(f"prometheus/busybox-{number}", popularity=number)
        with quay.serve() as address:
            entry = {"endpoint": address.url, "api": address.url}
            outage = QuayOutage(status=503, retry_after=A_WHILE)
            yield Place(entry, lambda: quay.add(outage), hostile=lambda: quay.hostile)
        assert quay.violations == []


class TestOci(DiscoveryContract):
    """Any registry that tells what it has: names alone, found in its own list."""

    host = "registry.contract.test"
    repository = "team/shop/api"
    query = "shop"
    namespace = "team"
    unsupported = frozenset({"users", "dockerfiles", "vulnerabilities"})
    ignores_limit = frozenset({"search", "repositories"})

    @contextmanager
    def serve(self) -> Iterator[Place]:
        registry = FakeRegistry(page_size=2)
        for path in ("team/shop/api", "team/shop/web", "team/db", "other/shop", "solo"):
            registry.push(path, image([layer({"srv/app": path})]), tags=["1.0"])
        with registry.serve() as address:
            yield Place({"endpoint": address.url}, lambda: registry.add(OUTAGE))
