"""The catalogue that a Quay has unless it is given another.

========================  ==========================================================================
``prometheus``            an organisation; Ada is a member
``…/busybox``             public; two platforms; ``latest`` has a signature that refers to it
``…/node-exporter``       public; versions, one scanned, one queued, one failed; a build; labels
``…/internal``            private
``coreos/etcd``           public; 250 tags since 2020, of which 25 are dead; most are manifest lists
``projectquay/clair/db``  public; a name of three parts; nobody described it; nothing was pushed
``projectquay/mirrored``  public; its state is ``MIRROR``
``bulk/image-000`` …      public; 130 of them, so that searches and lists have more than they show
``suspended/app``         public, in a namespace that was disabled
``ada/tools``             public, a user's; ``nightly`` ends in 2099
``ada/secret``            private, a user's
========================  ==========================================================================
"""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache

from tests.doubles.quay.builds import build
from tests.doubles.quay.catalogue import Catalogue
from tests.doubles.quay.scans import Feature, Scan, Vulnerability

from portcall.testing import BuiltImage, BuiltIndex, artifact, image, index, layer

BEGINNING = 1_577_836_800  #: 2020-01-01
DAY = 86_400
FAR = 4_070_908_800  #: 2099-01-01

_CURL = Vulnerability(
    name="CVE-2023-38546",
    severity="Low",
    fixed_by="0:7.61.1-33.el8_9.5",
    description="A flaw was found in the Curl package.",
    score=3.7,
)
_OPENSSL = Vulnerability(
    name="RHSA-2024:0310: openssl security update (Moderate)",
    severity="High",
    description="No fix was published when this was scanned.",
    score=7.5,
)
_ODD = Vulnerability(name="CVE-2020-11023", severity="Unknown", source="osv/go")
_REPORT = Scan(
    "scanned",
    (
        Feature(name="curl", version="7.61.1-30.el8_8.3", vulnerabilities=(_CURL,)),
        Feature(name="openssl-libs", version="1.1.1k-9.el8_7", vulnerabilities=(_OPENSSL, _ODD)),
        Feature(name="json-c", version="0.14-11.el9"),
    ),
)


def default_catalogue() -> Catalogue:
    """Return a new catalogue, with the same digests every time."""
    catalogue = Catalogue()
    _namespaces(catalogue)
    _prometheus(catalogue)
    _etcd(catalogue)
    _others(catalogue)
    return catalogue


@lru_cache(maxsize=64)
def _image(text: str, platform: str = "linux/amd64") -> BuiltImage:
    files = {"srv/app": f"{text} for {platform}\n"}
    made = layer(files, command=f"COPY app /srv # {text}", created="2024-05-01T12:00:00Z")
    return image([made], platform=platform, created="2024-05-01T12:00:00Z", labels={"version": text})


def _both(text: str) -> BuiltIndex:
    return index([_image(text), _image(text, "linux/arm64")])


def _namespaces(catalogue: Catalogue) -> None:
    catalogue.user("ada", email="ada@example.org")
    catalogue.user("grace", email="grace@example.org")
    catalogue.user("root", email="root@example.org")
    catalogue.user("adalbert")
    catalogue.organization(
        "prometheus",
        email="team@prometheus.example",
        members=frozenset({"ada"}),
        admins=frozenset({"ada"}),
        teams=("owners", "promoters"),
    )
    for name in ("coreos", "projectquay", "bulk"):
        catalogue.organization(name, email=f"{name}@example.org")
    catalogue.organization("suspended", enabled=False)


def _prometheus(catalogue: Catalogue) -> None:
    catalogue.repository("prometheus/busybox", description="# Busybox\n\nPrometheus' base image", popularity=900)
    busybox = _both("busybox")
    catalogue.push("prometheus/busybox", busybox, ["glibc", "latest"], at=BEGINNING + 1500 * DAY)
    catalogue.push("prometheus/busybox", _image("uclibc"), ["uclibc"], at=BEGINNING + 1400 * DAY)
    signature = artifact("application/vnd.dev.cosign.artifact.sig.v1+json", {"sig": b"signature"}, subject=busybox)
    catalogue.push("prometheus/busybox", signature, at=BEGINNING + 1501 * DAY)

    exporter = catalogue.repository(
        "prometheus/node-exporter",
        description="Exporter for machine metrics",
        popularity=70_000,
        stars=12,
    )
    for number in range(5):
        tags = [f"v1.{number}.0"] + (["latest"] if number == 4 else [])
        at = BEGINNING + (1000 + 90 * number) * DAY
        catalogue.push(exporter.path, _both(f"node-exporter {number}"), tags, at=at)
    newest, old = _image("node-exporter 4"), _image("node-exporter 3")
    catalogue.scan(newest.digest, _REPORT)
    catalogue.scan(old.digest, Scan("failed"))
    exporter.labels[newest.digest] = {"version": "1.4.0", "maintainer": "The Prometheus Authors"}
    exporter.builds.append(
        build(
            1,
            tags=["v1.4.0"],
            started=formatdate(BEGINNING + 1360 * DAY),
            dockerfile="/Dockerfile",
            source="prometheus/node_exporter",
        )
    )
    catalogue.repository("prometheus/internal", description="For members", public=False, popularity=5)
    catalogue.push("prometheus/internal", _image("internal"), ["1.0"], at=BEGINNING + 1200 * DAY)


def _etcd(catalogue: Catalogue) -> None:
    """250 lines of history: every tenth tag is dead, and every fifth is for one platform alone."""
    catalogue.repository("coreos/etcd", description="A key-value store", popularity=12_000, stars=3)
    for number in range(250):
        tag, at = f"v3.{number // 10}.{number % 10}", BEGINNING + number * DAY
        built = _image(f"etcd {number % 7}") if number % 5 == 0 else _both(f"etcd {number % 7}")
        dead = number % 10 == 3
        catalogue.push("coreos/etcd", built, [tag], at=at, ends=at + 30 * DAY if dead else None)


def _others(catalogue: Catalogue) -> None:
    catalogue.repository("projectquay/clair/db", description=None, popularity=2)
    catalogue.repository("projectquay/mirrored", description="From elsewhere", state="MIRROR", popularity=8)
    catalogue.push("projectquay/mirrored", _image("mirrored"), ["1.0"], at=BEGINNING)
    for number in range(130):
        described = f"One of many, number {number}"
        catalogue.repository(f"bulk/image-{number:03}", description=described, popularity=300 - number)
    catalogue.repository("suspended/app", description="Gone with its owner")
    catalogue.push("suspended/app", _image("suspended"), ["1.0"], at=BEGINNING)
    catalogue.repository("ada/tools", description="Ada's own", popularity=1)
    catalogue.push("ada/tools", _image("tools 1"), ["1.0", "latest"], at=BEGINNING + 10 * DAY)
    catalogue.push("ada/tools", _image("tools 2"), ["1.1", "latest"], at=BEGINNING + 20 * DAY)
    catalogue.push("ada/tools", _image("tools 3"), ["nightly"], at=BEGINNING + 30 * DAY, ends=FAR)
    catalogue.push("ada/tools", _image("tools 0"), ["0.1"], at=BEGINNING)
    catalogue.delete_tag("ada/tools", "0.1", at=BEGINNING + DAY)
    catalogue.repository("ada/secret", public=False)
    catalogue.push("ada/secret", _image("secret"), ["1.0"], at=BEGINNING + 5 * DAY)
