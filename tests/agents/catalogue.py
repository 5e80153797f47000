"""What the registries hold that the twenty tasks ask about."""

from __future__ import annotations

from typing import Any

from tests.agents.images import app, bloated, official
from tests.doubles.dockerhub import DockerHubDouble, HubTag, Organisation, Repository
from tests.doubles.dockerhub.limits import CALLERS_ADDRESS
from tests.doubles.ghcr import OCTO_TOKEN, Credential, GitHubDouble
from tests.doubles.quay import Accounts, Catalogue, Feature, QuayDouble, Scan, Vulnerability
from tests.doubles.quay.content import BEGINNING, DAY

from portcall.testing import FakeRegistry

_OFFICIAL = {
    "nginx": "1.24.0 1.24, 1.26.3 1.26, 1.27.4, 1.27.5 1.27, 1.28.0 1.28 stable, 1.29.0, "
    "1.29.1 1.29 1 mainline latest",
    "python": "3.11.13 3.11, 3.12.11 3.12, 3.13.5 3.13 3 latest, 3.14.0rc1 3.14-rc",
    "postgres": "15.13 15, 16.8, 16.9 16, 17.4, 17.5 17 latest",
    "redis": "7.2.9 7.2, 7.4.4 7.4 7, 8.0.3 8.0 8 latest",
}
#: Others' repositories on Docker Hub, each with one image.
_PUBLISHED: dict[str, dict[str, Any]] = {
    "grafana/grafana": {"description": "The official Grafana docker container", "pulls": 5_100_000_000},
    "grafana/loki": {"description": "Like Prometheus, but for logs", "pulls": 1_200_000_000},
    "grafana/k6": {"description": "Load testing for engineering teams", "pulls": 60_000_000},
    "bitnami/redis-exporter": {"description": "Bitnami Secure Image for redis-exporter", "pulls": 90_000_000},
    "oliver006/redis_exporter": {
        "description": "Prometheus Redis exporter",
        "pulls": 430_000_000,
        "badge": "none",
    },
    # A company's own, whose stable one moves.
    "acme/app": {"badge": "none", "tags": "stable"},
    # Where the allowance is asked for.
    "ratelimitpreview/test": {"badge": "none"},
}

#: Of the three, one installs ffmpeg on Alpine.
_DOCKERFILES = {
    "acme/transcoder": b"FROM alpine:3.22\nRUN apk add --no-cache ffmpeg\nCOPY transcode /bin/\n",
    "acme/thumbnails": b"FROM debian:12-slim\nRUN apt-get update && apt-get install -y ffmpeg\n",
    "acme/app": b"FROM alpine:3.21\nADD app /app\n",
}

_REPORT = Scan(
    "scanned",
    (
        Feature(
            name="libcrypto3",
            version="3.1.4-r0",
            vulnerabilities=(
                Vulnerability(
                    name="CVE-2024-5535", severity="Critical", fixed_by="3.1.6-r0", description="Reads too far."
                ),
                Vulnerability(name="CVE-2024-4741", severity="High", fixed_by="3.1.6-r0"),
            ),
        ),
        Feature(
            name="busybox",
            version="1.36.1-r15",
            vulnerabilities=(Vulnerability(name="CVE-2023-42366", severity="Medium"),),
        ),
    ),
)


def docker_hub() -> DockerHubDouble:
    """Return a Docker Hub where 13 of an anonymous caller's 100 pulls are spent."""
    hub = DockerHubDouble(default=False)
    hub.add(Organisation(name="library", full_name="Docker Official Images"))
    hub.add(Organisation(name="grafana", full_name="Grafana Labs", badge="verified_publisher"))
    for name, releases in _OFFICIAL.items():
        hub.add(Repository(path=f"library/{name}", badge="official", tags=_releases(name, releases)))
    for path, told in _PUBLISHED.items():
        name = told.get("tags", "latest")
        tag = HubTag(name=name, built=official(path.partition("/")[2], "1"), pushed=_pushed(1))
        hub.add(Repository(**{"path": path, "badge": "verified_publisher", **told, "tags": {name: tag}}))
    hub.pull_limit.used[CALLERS_ADDRESS] = 13
    return hub


def quay() -> QuayDouble:
    """Return a Quay whose scanner has looked at ``acme/tool``."""
    catalogue, tool, exporter = Catalogue(), app("v0.9.0"), official("redis_exporter", "v1.74.0")
    for path, description, built, tags in (
        ("acme/tool", "Acme's tool", tool, ["v0.9.0", "latest"]),
        ("oliver006/redis_exporter", "Redis exporter for Prometheus", exporter, ["v1.74.0", "latest"]),
    ):
        catalogue.organization(path.partition("/")[0])
        catalogue.repository(path, description=description)
        catalogue.push(path, built, tags, at=BEGINNING + 2000 * DAY)
    for child in tool.children:
        catalogue.scan(child.digest, _REPORT)
    return QuayDouble(catalogue, accounts=Accounts())


def github() -> GitHubDouble:
    """Return a GitHub that knows :data:`OCTO_TOKEN`."""
    double = GitHubDouble(empty=True)
    known = double.catalogue
    known.credentials[OCTO_TOKEN] = Credential(OCTO_TOKEN, "octo", scopes=frozenset({"read:packages"}))
    known.add_account("octo", "User")
    known.add_account("oliver006", "User")
    known.add_account("acme", "Organization", name="Acme Inc.")
    for path, content in _DOCKERFILES.items():
        known.add_repository(path, files={"Dockerfile": content})
    known.add_repository("oliver006/redis_exporter", description="Prometheus Redis exporter", stars=3400)
    double.package("oliver006/redis_exporter", repository="oliver006/redis_exporter")
    exporter = official("redis_exporter", "v1.74.0")
    double.push("oliver006/redis_exporter", exporter, tags=["v1.74.0", "latest"])
    double.package("acme/app", repository="acme/app")
    for version in ("v1.4.2", "v1.5.0"):
        double.push("acme/app", app(version), tags=[version])
    return double


def corporate() -> FakeRegistry:
    """Return a company's own registry, where an image of 1.8 GB names a base that has moved on."""
    registry = FakeRegistry()
    registry.push("team/base", official("base", "12.5"), tags=["12.5"])
    registry.push("team/base", official("base", "12.6"), tags=["12.6", "12"])
    registry.push("team/api", bloated(), tags=["2025.07", "prod"])
    return registry


def _releases(name: str, releases: str) -> dict[str, HubTag]:
    """Return the tags of ``"1.28.0 1.28, 1.29.1 1.29 latest"``, a release a month, each on Alpine, too."""
    tags = {}
    for month, row in enumerate(releases.split(", "), 1):
        version = row.split()[0]
        for variant, ending in (("", ""), ("alpine", "-alpine")):
            built = official(name, version, variant)
            for tag in row.split():
                tags[tag + ending] = HubTag(name=tag + ending, built=built, pushed=_pushed(month))
    return tags


def _pushed(month: int) -> str:
    return f"2025-{month:02}-12T09:00:00.000000Z"
