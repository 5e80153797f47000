"""What scan reports and Dockerfiles have to be, where a registry has them."""

# ruff: noqa: D102 - what a test claims, its name says.

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from portcall.errors import NotFoundError, PortcallError
from portcall.models import SEVERITIES
from portcall.reference import parse_reference
from portcall.testing.contract.pages import OUTAGES
from portcall.testing.contract.subject import NOTHING, Subject

if TYPE_CHECKING:
    from portcall.gateway import Portcall
    from portcall.models import VulnerabilityList
    from portcall.pages import ScanReport
    from portcall.testing.contract.asking import Asking
    from portcall.testing.contract.place import Place

_MISSING = f"sha256:{'0' * 64}"


class ScanContract(Subject):
    """Scan reports: that nobody looked is never told as "nothing was found"."""

    def test_a_scan_is_told_worst_first(self, asking: Asking) -> None:
        self.needs("vulnerabilities")
        told = self._scan(asking)
        assert told.status == "scanned"
        assert told.counts is not None
        assert sum(told.counts.values()) == told.total
        severities = [list(told.counts).index(each.severity) for each in told.vulnerabilities]
        assert severities == sorted(severities)

    def test_what_the_scanner_found_is_told_by_the_backend(self, asking: Asking) -> None:
        self.needs("vulnerabilities")
        report = asking(partial(self._report, self._digest(asking)))
        found = report.vulnerabilities
        assert report.status == "scanned"
        assert found, "the double's scanner has to find something"
        assert all(each.id.strip() for each in found)
        assert {each.severity for each in found} <= set(SEVERITIES)
        assert {each.severity for each in found} != {"unknown"}
        assert len({(each.id, each.package, each.version) for each in found}) == len(found)

    def test_a_manifest_that_is_missing_was_not_scanned(self, asking: Asking) -> None:
        self.needs("vulnerabilities")
        with pytest.raises(NotFoundError):
            asking(partial(self._report, _MISSING))

    def test_an_outage_of_the_scanner_is_no_clean_bill_of_health(self, place: Place, asking: Asking) -> None:
        self.needs("vulnerabilities")
        digest = self._digest(asking)
        place.take_down()
        with pytest.raises(PortcallError) as failed:
            asking(partial(self._report, digest))
        assert failed.value.code in OUTAGES

    def _scan(self, asking: Asking) -> VulnerabilityList:
        return asking(lambda pc: pc.get_vulnerabilities(f"{self.host}/{self.image}", limit=1000))

    def _digest(self, asking: Asking) -> str:
        """Return the digest of the platform's manifest that was scanned."""
        return self._scan(asking).platform_digest

    async def _report(self, digest: str, pc: Portcall) -> ScanReport:
        reference = parse_reference(f"{self.host}/{self.image}")
        return await (await pc.backend(self.host)).get_vulnerabilities(reference.repository, digest)


class DockerfileContract(Subject):
    """Dockerfiles, found by words."""

    def test_a_dockerfile_is_found(self, asking: Asking) -> None:
        self.needs("dockerfiles")
        found = asking(lambda pc: pc.search_dockerfiles(self.dockerfiles, self.host)).dockerfiles
        assert found
        assert {each.origin for each in found} == {"source"}
        assert all(each.repo and each.path for each in found)
        assert all(each.web_url or each.excerpt or each.content for each in found)

    def test_a_search_for_no_dockerfile_finds_none(self, asking: Asking) -> None:
        self.needs("dockerfiles")
        assert asking(lambda pc: pc.search_dockerfiles(NOTHING, self.host)).dockerfiles == ()
