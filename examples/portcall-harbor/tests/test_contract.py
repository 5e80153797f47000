"""The suites that every backend has to pass: as a Harbor, and where a registry turns out to be none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from portcall.testing import FakeRegistry, quirks
from portcall.testing.contract import BackendContract, DiscoveryContract, Place

from harbor_double import About, Account, HarborDouble, Project, Scan
from wiring import AMD64, BOTH, HOST


class TestImages(BackendContract):
    backend = "harbor"

    def make_registry(self) -> FakeRegistry:
        return HarborDouble()

    @pytest.fixture(autouse=True)
    def _harbor_knows_what_it_is_asked(self, registry: FakeRegistry) -> Iterator[None]:
        yield
        assert isinstance(registry, HarborDouble)
        assert registry.violations == []


class TestImagesOfWhatIsNoHarbor(BackendContract):
    backend = "harbor"


class TestDiscovery(DiscoveryContract):
    host = HOST
    repository = "team/shop/api"
    query = "shop"
    namespace = "team"
    user = "ada"
    image = "team/shop/api:1.0"
    unsupported = frozenset({"dockerfiles"})

    @contextmanager
    def serve(self) -> Iterator[Place]:
        ada = Account("ada", "Correct-horse-1")
        harbor = HarborDouble([Project("library"), Project("team")], accounts=[ada])
        for number in range(5):
            harbor.push(f"team/shop/part-{number}", AMD64, tags=["1.0"])
        harbor.push("team/shop/api", BOTH, tags=["1.0"])
        harbor.site.about["team/shop/api"] = About("The shop's API", pulls=7)
        findings = [{"id": f"CVE-2024-000{n}", "severity": word} for n, word in enumerate(("Low", "Critical"))]
        harbor.site.scans[AMD64.digest] = Scan(findings=tuple(findings))
        with harbor.serve() as address:
            entry = {"backend": "harbor", "endpoint": address.url, "username": "ada", "password_env": "ADA"}
            outage = quirks.Answer(503, retry_after=900)
            yield Place(entry, lambda: harbor.add(outage), {"ADA": ada.secret}, lambda: harbor.violations)
