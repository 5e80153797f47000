"""What a registry's scanner found: the worst first, for one platform; and what is not known is never "none"."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from tests.core.images.conftest import settings_for
from tests.doubles.quay import QuayDouble
from tests.doubles.quay.content import BEGINNING
from tests.doubles.quay.scans import Feature, Scan, Status, Vulnerability
from tests.plugins.quay_backend import gateway

from portcall import Portcall
from portcall.errors import InvalidArgumentError, NotFoundError, UnsupportedError
from portcall.testing import FakeRegistry, image, index, layer

IMAGE = "quay.io/acme/app:1.0"
AMD64 = image([layer({"app": "amd64\n"})], platform="linux/amd64")
ARM64 = image([layer({"app": "arm64\n"})], platform="linux/arm64")

pytestmark = pytest.mark.anyio


def found(*severities: str) -> Scan:
    """Return a report of one package with a vulnerability of each severity, in this order."""
    each = [
        Vulnerability(name=f"CVE-2026-{number:04}", severity=severity, fixed_by="2.0" if number % 2 else "")
        for number, severity in enumerate(severities)
    ]
    return Scan("scanned", (Feature(name="libacme", version="1.0", vulnerabilities=tuple(each)),))


@asynccontextmanager
async def scanned(report: Scan, *, arm64: Scan | None = None) -> AsyncIterator[Portcall]:
    """Yield a gateway to a Quay with one image, of which its scanner says this."""
    quay = QuayDouble()
    quay.catalogue.organization("acme")
    quay.catalogue.repository("acme/app")
    quay.catalogue.push("acme/app", index([AMD64, ARM64]), ["1.0"], at=BEGINNING)
    quay.catalogue.scan(AMD64.digest, report)
    if arm64:
        quay.catalogue.scan(ARM64.digest, arm64)
    async with gateway(quay) as pc:
        yield pc


async def test_the_worst_comes_first_and_all_are_counted():
    async with scanned(found("Low", "Critical", "Unknown", "High", "Low")) as pc:
        told = await pc.get_vulnerabilities(IMAGE)
    assert [each.severity for each in told.vulnerabilities] == ["critical", "high", "low", "low", "unknown"]
    assert told.counts == {"critical": 1, "high": 1, "low": 2, "unknown": 1}
    assert (told.fixable, told.total, told.status) == (2, 5, "scanned")
    assert told.vulnerabilities[0].fixed_version == "2.0"


async def test_the_default_platform_is_meant_and_another_can_be_named():
    async with scanned(found("High"), arm64=found("Low", "Low")) as pc:
        usual = await pc.get_vulnerabilities(IMAGE)
        other = await pc.get_vulnerabilities(IMAGE, platform="linux/arm64")
    assert (usual.platform, usual.platform_digest, usual.total) == ("linux/amd64", AMD64.digest, 1)
    assert (other.platform, other.platform_digest, other.total) == ("linux/arm64", ARM64.digest, 2)
    assert usual.digest == other.digest == index([AMD64, ARM64]).digest
    assert usual.reference == f"quay.io/acme/app@{usual.digest}"


async def test_a_severity_lists_it_and_what_is_worse_and_counts_all_the_same():
    async with scanned(found("Low", "Critical", "High", "Negligible")) as pc:
        told = await pc.get_vulnerabilities(IMAGE, severity="high")
        page = await pc.get_vulnerabilities(IMAGE, severity="high", limit=1)
        rest = await pc.get_vulnerabilities(IMAGE, severity="high", limit=1, cursor=page.next_cursor or "")
    assert [each.severity for each in told.vulnerabilities] == ["critical", "high"]
    assert told.counts == {"critical": 1, "high": 1, "low": 1, "negligible": 1}
    assert (page.vulnerabilities + rest.vulnerabilities, rest.next_cursor) == (told.vulnerabilities, None)


async def test_pages_of_any_size_tell_the_same():
    async with scanned(found(*["Medium"] * 23)) as pc:
        whole = await pc.get_vulnerabilities(IMAGE, limit=100)
        assert whole.next_cursor is None
        told: list[str] = []
        cursor = ""
        while len(told) < 23:
            page = await pc.get_vulnerabilities(IMAGE, limit=7, cursor=cursor)
            told += [each.id for each in page.vulnerabilities]
            cursor = page.next_cursor or ""
    assert told == [each.id for each in whole.vulnerabilities]


@pytest.mark.parametrize("status", ["queued", "failed", "unsupported", "manifest_layer_too_large"])
async def test_what_was_not_scanned_is_not_known_and_never_none(status: Status):
    async with scanned(Scan(status)) as pc:
        told = await pc.get_vulnerabilities(IMAGE)
    assert told.status == status
    assert (told.counts, told.total, told.vulnerabilities) == (None, None, ())


async def test_a_scan_that_found_nothing_says_so():
    async with scanned(found()) as pc:
        told = await pc.get_vulnerabilities(IMAGE)
    assert (told.status, told.counts, told.total) == ("scanned", {}, 0)


async def test_a_platform_that_is_not_there_is_not_found():
    async with scanned(found("High")) as pc:
        with pytest.raises(NotFoundError) as missing:
            await pc.get_vulnerabilities(IMAGE, platform="windows/amd64")
    assert missing.value.candidates == ("linux/amd64", "linux/arm64")


@pytest.mark.parametrize(
    ("more", "word"), [({"severity": "worst"}, "severity"), ({"cursor": "x"}, "cursor"), ({"limit": 0}, "limit")]
)
async def test_bad_arguments_are_refused_by_name(more: dict[str, str], word: str):
    async with scanned(found("High")) as pc:
        with pytest.raises(InvalidArgumentError, match=word):
            await pc.get_vulnerabilities(IMAGE, **more)  # type: ignore[arg-type]


async def test_a_cursor_is_for_its_own_question():
    async with scanned(found("High", "Low")) as pc:
        page = await pc.get_vulnerabilities(IMAGE, limit=1)
        with pytest.raises(InvalidArgumentError, match="other arguments"):
            await pc.get_vulnerabilities(IMAGE, severity="high", limit=1, cursor=page.next_cursor or "")


@pytest.mark.parametrize("names", [("registry.test",), ("registry.test", "docker.io")])
async def test_where_nothing_scans_it_is_said_before_anything_is_fetched(names: Sequence[str]):
    with FakeRegistry().serve() as address:
        registry = address.url
        async with Portcall(settings_for({name: {"endpoint": registry} for name in names})) as pc:
            with pytest.raises(UnsupportedError, match=f"{names[-1]} has no scanner"):
                await pc.get_vulnerabilities(f"{names[-1]}/acme/app:1.0")
