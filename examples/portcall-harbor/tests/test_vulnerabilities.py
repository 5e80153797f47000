"""Vulnerabilities: what Harbor's scanner found; and that no report never means "none"."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from portcall.errors import HiddenError, NotFoundError, PortcallError, UnauthorizedError, UpstreamError
from portcall.models import SEVERITIES
from portcall.testing import quirks

from harbor_double import EVERYTHING, PULL, Account, HarborDouble, Project, Scan
from portcall_harbor.scans import severity, vulnerability
from wiring import AMD64, BOTH, HOST, backend, gateway

pytestmark = pytest.mark.anyio

OPENSSL = {
    "id": "CVE-2022-0778",
    "package": "openssl",
    "version": "1.1.1k-1",
    "fix_version": "1.1.1n-0",
    "severity": "High",
    "description": "Infinite loop in BN_mod_sqrt().",
    "links": ["javascript:alert(1)", "https://avd.aquasec.com/nvd/cve-2022-0778"],
    "preferred_cvss": {"score_v3": 7.5, "score_v2": None, "vector_v3": "", "vector_v2": ""},
}
ZLIB = {
    "id": "CVE-2018-25032",
    "package": "zlib",
    "version": "1.2.11",
    "fix_version": "",
    "severity": "Critical",
    "preferred_cvss": {"score_v3": 0},
}


def scanned(scan: Scan | None) -> HarborDouble:
    """Return a Harbor with one image, of which its scanner made this."""
    harbor = HarborDouble()
    harbor.push("team/shop/api", BOTH, tags=["1.0"])
    if scan is not None:
        harbor.site.scans[AMD64.digest] = scan
    return harbor


async def test_a_platforms_report_is_told_in_full():
    harbor = scanned(Scan(findings=(OPENSSL, ZLIB)))
    async with gateway(harbor) as pc:
        report = await pc.get_vulnerabilities(f"{HOST}/team/shop/api:1.0", platform="linux/amd64")
    zlib, openssl = report.vulnerabilities
    assert (zlib.id, zlib.severity, zlib.fixed_version, zlib.score) == ("CVE-2018-25032", "critical", None, None)
    assert (openssl.package, openssl.version, openssl.fixed_version) == ("openssl", "1.1.1k-1", "1.1.1n-0")
    assert (openssl.score, openssl.url) == (7.5, "https://avd.aquasec.com/nvd/cve-2022-0778")
    assert (report.status, report.scanner) == ("scanned", "Trivy v0.50.1")
    assert report.scanned_at == "2024-06-01T09:30:00.123456789Z"
    assert report.platform_digest == AMD64.digest


async def test_a_scan_that_found_nothing_is_a_scan():
    async with backend(scanned(Scan())) as asked:
        report = await asked.get_vulnerabilities("team/shop/api", AMD64.digest)
    assert (report.status, report.vulnerabilities, report.scanner) == ("scanned", (), "Trivy v0.50.1")


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("Pending", "queued"),
        ("Scheduled", "queued"),
        ("Running", "queued"),
        ("Error", "failed"),
        ("Stopped", "failed"),
        ("Not Scanned", "not scanned"),
        ("Hibernating", "hibernating"),
        ("scanned", "not scanned"),
        ("\u001b[2J<b>", "not scanned"),
        ("", "not scanned"),
    ],
)
async def test_what_is_no_result_says_so(told: str, status: str):
    async with gateway(scanned(Scan(told))) as pc:
        report = await pc.get_vulnerabilities(f"{HOST}/team/shop/api:1.0")
    assert (report.status, report.vulnerabilities, report.counts) == (status, (), None)


async def test_what_nobody_scanned_is_not_scanned():
    async with backend(scanned(None)) as asked:
        report = await asked.get_vulnerabilities("team/shop/api", AMD64.digest)
    assert report.status == "not scanned"


async def test_where_there_is_no_scanner_it_is_unsupported():
    harbor = scanned(None)
    harbor.site.has_scanner = False
    async with backend(harbor) as asked:
        assert (await asked.get_vulnerabilities("team/shop/api", AMD64.digest)).status == "unsupported"


async def test_an_empty_addition_is_no_clean_bill_of_health():
    async with backend(scanned(Scan(report={}))) as asked:
        report = await asked.get_vulnerabilities("team/shop/api", AMD64.digest)
    assert report.status == "not scanned"


@pytest.mark.parametrize("report", [{"x": {}}, {"x": {"vulnerabilities": None}}, {"x": []}, {"x": None}])
async def test_a_report_without_a_list_is_an_error(report: dict[str, object]):
    async with backend(scanned(Scan(report=report))) as asked:
        with pytest.raises(UpstreamError, match="holds no vulnerabilities, not even none"):
            await asked.get_vulnerabilities("team/shop/api", AMD64.digest)


async def test_the_same_finding_is_told_once_and_nonsense_costs_itself_alone():
    rows = [OPENSSL, OPENSSL, {"id": ""}, 7, None, {**OPENSSL, "package": "libssl"}]
    harbor = scanned(Scan(report={"x": {"vulnerabilities": rows, "generated_at": "yesterday", "scanner": 7}}))
    async with backend(harbor) as asked:
        report = await asked.get_vulnerabilities("team/shop/api", AMD64.digest)
    assert [found.package for found in report.vulnerabilities] == ["openssl", "libssl"]
    assert (report.scanned_at, report.scanner) == (None, None)
    assert report.warnings == ("3 rows of the answer made no sense, and are left out",)


async def test_what_is_not_there_is_not_found():
    async with backend(scanned(Scan())) as asked:
        with pytest.raises(NotFoundError):
            await asked.get_vulnerabilities("team/shop/api", f"sha256:{'0' * 64}")
        with pytest.raises(HiddenError):
            await asked.get_vulnerabilities("secret/plans", AMD64.digest)


@pytest.mark.parametrize(("permissions", "error"), [(PULL, HiddenError), (EVERYTHING, None)], ids=["pull", "all"])
async def test_a_robot_needs_more_than_pulling(permissions: frozenset[str], error: type[PortcallError] | None):
    robot = Account("robot$secret+scan", "s3cret", {"secret": permissions})
    harbor = HarborDouble([Project("secret", public=False)], accounts=[robot])
    harbor.push("secret/plans", AMD64, tags=["1.0"])
    harbor.site.scans[AMD64.digest] = Scan(findings=(ZLIB,))
    async with gateway(harbor, robot) as pc:
        if error is None:
            assert (await pc.get_vulnerabilities(f"{HOST}/secret/plans:1.0")).total == 1
        else:
            with pytest.raises(error) as refused:
                await pc.get_vulnerabilities(f"{HOST}/secret/plans:1.0")
            assert "permission" in refused.value.hint


@pytest.mark.parametrize("fault", [quirks.Answer(503, retry_after=900), quirks.HtmlPage()], ids=["down", "page"])
@pytest.mark.parametrize("path", ["/artifacts/sha256:[0-9a-f]+.with", "/additions/", "/artifacts/sha256%3A"])
async def test_an_outage_is_no_clean_bill_of_health(fault: quirks.Quirk, path: str):
    at = {**vars(fault), "path": "^GET /api/.*" + path.replace(":", "(:|%3A)")}
    harbor = scanned(Scan(findings=(ZLIB,)))
    harbor.add(type(fault)(**at))
    async with backend(harbor) as asked:
        with pytest.raises(UpstreamError):
            await asked.get_vulnerabilities("team/shop/api", AMD64.digest)


async def test_wrong_credentials_are_said_to_be_wrong():
    robot = Account("robot$team+ci", "s3cret", {"secret": EVERYTHING})
    harbor = HarborDouble([Project("secret", public=False)], accounts=[robot])
    harbor.push("secret/plans", AMD64, tags=["1.0"])
    async with backend(harbor, Account(robot.name, "wr0ng")) as asked:
        with pytest.raises(UnauthorizedError, match="refused the credentials from the configuration"):
            await asked.get_vulnerabilities("secret/plans", AMD64.digest)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ["id", "package", "version", "fix_version", "severity", "description", "links", "preferred_cvss"]


@given(JSON | st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_whatever_a_scanner_writes_is_a_finding_or_nothing(row: object):
    found = vulnerability(row)
    if found is not None:
        assert found.id
        assert found.severity in SEVERITIES
        assert found.score is None or 0 < found.score <= 10
        assert found.url is None or found.url.startswith("http")


@pytest.mark.parametrize(
    ("told", "known"),
    [("Critical", "critical"), ("NONE", "negligible"), ("Defcon 1", "unknown"), (None, "unknown")],
)
def test_severities_are_portcalls(told: object, known: str):
    assert severity(told) == known
