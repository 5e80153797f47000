"""What the double holds when nothing else is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from tests.doubles.dockerhub.accounts import Organisation, PersonalToken, User
from tests.doubles.dockerhub.catalogue import HubTag, Repository

from portcall.testing import BuiltManifest, attestation, image, index, layer

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The repository with 3,000 tags.
MANY_TAGS = "acme/nightly"

#: What signs in: ``ada`` is of ``acme``, ``grace`` has a second factor.
DEFAULT_SECRETS = {
    "ada": "ada-password",
    "ada, by token": "dckr_pat_ada0000000000000000000000",
    "ada, public only": "dckr_pat_adapublic0000000000000000",
    "grace": "grace-password",
    "grace, by token": "dckr_pat_grace00000000000000000000",
    "acme": "dckr_oat_acme000000000000000000000",
}

_WEB = ("Web servers", "web-servers")
_DATABASES = ("Databases & storage", "databases-and-storage")
_LANGUAGES = ("Languages & frameworks", "languages-and-frameworks")
_MONITORING = ("Monitoring & observability", "monitoring-and-observability")
_PULLED = "2026-09-30T06:00:00.000000Z"


def default_accounts() -> Iterator[User | Organisation]:
    """Yield users and organisations."""
    ada = (
        PersonalToken(secret=DEFAULT_SECRETS["ada, by token"]),
        PersonalToken(secret=DEFAULT_SECRETS["ada, public only"], scopes=("repo:public_read",)),
    )
    grace = (PersonalToken(secret=DEFAULT_SECRETS["grace, by token"]),)
    yield User(name="ada", password=DEFAULT_SECRETS["ada"], tokens=ada, full_name="Ada Lovelace")
    yield User(name="grace", password=DEFAULT_SECRETS["grace"], tokens=grace, code="123456")
    yield Organisation(name="library", full_name="Docker Official Images")
    yield Organisation(name="grafana", full_name="Grafana Labs", badge="verified_publisher")
    yield Organisation(name="bitnami", full_name="VMware", badge="verified_publisher")
    yield Organisation(name="prom", full_name="Prometheus", badge="open_source")
    yield Organisation(
        name="acme", full_name="Acme Inc.", members=("ada", "grace"), tokens=(DEFAULT_SECRETS["acme"],)
    )


def default_repositories() -> Iterator[Repository]:
    """Yield repositories: official, publishers', private, gone, archived, and one with 3,000 tags."""
    yield _official(
        "nginx", "Official build of Nginx.", 21268, 12_981_954_060, _WEB,
        {"1.28.0": "1.28.0 1.28", "1.29.3": "1.29.3 1.29 1 latest", "1.29.3-alpine": "1.29.3-alpine alpine"},
    )  # fmt: skip
    yield _official(
        "redis", "Redis is the world’s fastest data platform.", 13_200, 9_400_000_000, _DATABASES,
        {"7.4.6": "7.4.6 7.4 7", "8.2.2": "8.2.2 8.2 8 latest"},
    )  # fmt: skip
    yield _official(
        "python", "Python is an interpreted, interactive, object-oriented programming language.",
        10_100, 7_800_000_000, _LANGUAGES,
        {"3.12.12": "3.12.12 3.12", "3.13.9": "3.13.9 3.13 3 latest", "3.13.9-slim": "3.13.9-slim 3.13-slim slim"},
    )  # fmt: skip
    yield _official(
        "postgres", "The PostgreSQL object-relational database system.", 14_300, 9_900_000_000, _DATABASES,
        {"17.6": "17.6 17", "18.0": "18.0 18 latest"},
    )  # fmt: skip
    yield _repository(
        "grafana/grafana", "The official Grafana docker container", {"12.2.0": "12.2.0 latest", "main": "main"},
        badge="verified_publisher", stars=3400, pulls=5_100_000_000, categories=(_MONITORING,),
        logo="https://example.com/grafana.png",
    )  # fmt: skip
    yield _repository(
        "bitnami/nginx", "Bitnami Secure Image for nginx", {"latest": "latest"},
        badge="verified_publisher", stars=210, pulls=160_000_000, categories=(_WEB,),
    )  # fmt: skip
    yield _repository(
        "prom/prometheus", "The Prometheus monitoring system", {"3.7.1": "v3.7.1 latest"},
        badge="open_source", stars=2100, pulls=2_300_000_000, categories=(_MONITORING,),
    )  # fmt: skip
    yield _repository("ada/site", "Ada's site, behind nginx", {"1": "1 latest"}, pulls=412, badge="none")
    yield _repository(
        "ada/automated", "Built from a Dockerfile", {"1": "latest"}, dockerfile="FROM nginx\n", pulls=12
    )
    yield _repository("acme/api", "Acme's interface", {"2.0": "2.0 latest"}, pulls=48_000)
    yield _repository("acme/ledger", "Nobody's business", {"1.0": "1.0 latest"}, private=True, pulls=77)
    yield _repository("acme/empty", "Nothing pushed yet", {})
    yield _repository(
        "acme/nginx-old", "Deprecated nginx of Acme", {"0.9": "0.9 latest"}, archived=True, pulls=15_000
    )
    # Seen in v4 searches, kept in a registry of its own (dhi.io): badge #fs-59425165837, type #fs-62483434980.
    yield _repository("dhi/nginx", "Docker Hardened Image of nginx", {}, badge="dhi", kind="dhi", listed_only=True)
    yield _many_tags()
    # Where hub-tool and usage/pulls look for the allowance.
    yield _repository("ratelimitpreview/test", "", {"latest": "latest"})


def platforms_of(name: str, version: str) -> BuiltManifest:
    """Return a small image for two platforms, with a provenance attestation; the same each time."""
    return _built(name, version)


@cache
def _built(name: str, version: str) -> BuiltManifest:
    children = {
        platform: image([layer({f"srv/{name}": f"{version} {platform}\n"})], platform=platform)
        for platform in ("linux/amd64", "linux/arm64/v8")
    }
    statement = attestation(children["linux/amd64"])
    return index(children.values(), attestations=[statement])


def _official(
    name: str, description: str, stars: int, pulls: int, category: tuple[str, str], releases: dict[str, str]
) -> Repository:
    overview = f"# Quick reference\n\n- **Maintained by**: the {name} community\n"
    return _repository(
        f"library/{name}", description, releases, badge="official", stars=stars, pulls=pulls,
        categories=(category,), full_description=overview,
    )  # fmt: skip


def _repository(path: str, description: str, releases: dict[str, str], **fields: Any) -> Repository:
    repository = Repository(path=path, description=description, **fields)
    for number, (version, tags) in enumerate(releases.items()):
        pushed = f"2026-09-{10 + number:02}T22:52:42.349783Z"
        for tag in tags.split():
            pulled = None if repository.private else _PULLED
            built = _built(repository.name, version)
            repository.tags[tag] = HubTag(name=tag, built=built, pushed=pushed, pulled=pulled)
    return repository


def _many_tags() -> Repository:
    repository = Repository(path=MANY_TAGS, description="A build every hour", pulls=31_000)
    built, first = _built("nightly", "1"), datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(3000):
        pushed = f"{first + timedelta(hours=number):%Y-%m-%dT%H:%M:%S}.000000Z"
        name = f"build-{number:04}"
        repository.tags[name] = HubTag(name=name, built=built, pushed=pushed)
    return repository
