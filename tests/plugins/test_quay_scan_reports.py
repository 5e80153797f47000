"""A scan report of Quay's, read: severities in one set of words, each finding once, nothing made up."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.doubles.quay.discovery import DATA

from portcall.models import SEVERITIES
from portcall.plugin import ScanReport
from portcall_quay.scans import read_report

FINDING: dict[str, Any] = {"Name": "CVE-2023-38546", "Severity": "Low"}


def report(*findings: Any, **feature: Any) -> ScanReport:
    """Return what is read of one package's findings."""
    row = {"Name": "curl", "Version": "7.61", "Vulnerabilities": list(findings), **feature}
    return read_report({"status": "scanned", "data": {"Layer": {"Features": [row]}}}, "quay.io")


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        *((severity.title(), severity) for severity in SEVERITIES),
        ("Defcon1", "critical"),
        ("CRITICAL", "critical"),
        ("Moderate", "unknown"),
        (7, "unknown"),
        (None, "unknown"),
    ],
)
def test_severities_are_told_in_one_set_of_words(word: object, severity: str):
    assert report({**FINDING, "Severity": word}).vulnerabilities[0].severity == severity


@pytest.mark.parametrize(
    ("score", "told"),
    [
        (9.8, 9.8),
        (0, 0.0),
        (10, 10.0),
        ("", None),
        ("9.8", None),
        (11, None),
        (-1, None),
        (True, None),
        (None, None),
    ],
)
def test_a_score_is_a_number_from_nought_to_ten(score: object, told: float | None):
    finding = {**FINDING, "Metadata": {"NVD": {"CVSSv3": {"Score": score}}}}
    assert report(finding).vulnerabilities[0].score == told


def test_the_scores_of_the_whole_report_are_nobodys():
    assert report(FINDING, BaseScores=[9.8]).vulnerabilities[0].score is None


@pytest.mark.parametrize(
    ("links", "url"),
    [
        ("https://one.example/CVE-1 https://two.example", "https://one.example/CVE-1"),
        ("javascript:alert(1) file:///etc/passwd http://three.example", "http://three.example"),
        ("javascript:alert(1)", None),
        ("", None),
        (["https://one.example"], None),
    ],
)
def test_of_the_links_the_first_that_leads_anywhere_is_told(links: object, url: str | None):
    assert report({**FINDING, "Link": links}).vulnerabilities[0].url == url


def test_the_same_finding_in_the_same_package_is_told_once():
    row = {"Name": "curl", "Version": "7.61", "Vulnerabilities": [FINDING, FINDING]}
    other = {**row, "Version": "7.62"}
    told = read_report({"status": "scanned", "data": {"Layer": {"Features": [row, row, other]}}}, "quay.io")
    assert [each.version for each in told.vulnerabilities] == ["7.61", "7.62"]


def test_rows_that_make_no_sense_cost_themselves_alone_and_are_counted():
    told = report(None, 7, {"Name": 7}, FINDING)
    assert [each.id for each in told.vulnerabilities] == ["CVE-2023-38546"]
    assert told.warnings == ("3 rows of the answer made no sense, and are left out",)
    odd = report(Vulnerabilities="CVE-2023-38546")
    assert odd.warnings == ("1 row of the answer made no sense, and is left out",)


def test_a_package_without_findings_is_in_order():
    assert report(Vulnerabilities=None) == ScanReport("scanned")


def test_an_image_of_which_the_scanner_knows_no_package_is_not_told_to_be_clean():
    told = read_report({"status": "scanned", "data": {"Layer": {"Features": []}}}, "quay.io")
    assert told.warnings == ("the scanner knows no package in this image, so that it cannot have found anything",)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
KEYS = ("Name", "Severity", "FixedBy", "Link", "Description", "Metadata", "NVD", "CVSSv3", "Score")
FINDINGS = st.dictionaries(st.sampled_from(KEYS), JSON | st.dictionaries(st.sampled_from(KEYS), JSON))
FEATURES = st.fixed_dictionaries({}, optional={"Name": JSON, "Vulnerabilities": JSON | st.lists(FINDINGS | JSON)})


@given(features=st.lists(FEATURES | JSON))
def test_whatever_is_in_a_report_every_row_is_read_or_counted(features: list[Any]):
    told = read_report({"status": "scanned", "data": {"Layer": {"Features": features}}}, "quay.io")
    assert all(each.id and each.severity in SEVERITIES for each in told.vulnerabilities)
    if any(not isinstance(feature, dict) for feature in features):
        assert "made no sense" in told.warnings[0]


# Against what was recorded


@pytest.mark.skipif(not DATA.is_dir(), reason="the recorded answers are not beside this checkout")
@pytest.mark.parametrize(
    ("name", "found", "fixable", "worst"),
    [
        ("cupdate.manifest-security", 1, 1, "medium"),
        ("quay-quay.securityinformation", 89, 10, "high"),
        ("quay-quay.securityinformation_withenrichments", 26, 17, "critical"),
    ],
)
def test_recorded_reports_are_read_whole(name: str, found: int, fixable: int, worst: str):
    document = json.loads((DATA / f"{name}.json").read_text())
    answer = document if "status" in document else {"status": "scanned", "data": document}
    told = read_report(answer, "quay.io")
    assert (len(told.vulnerabilities), told.scanner, told.warnings) == (found, "Clair 4", ())
    assert min(told.vulnerabilities, key=lambda each: SEVERITIES.index(each.severity)).severity == worst
    assert sum(1 for each in told.vulnerabilities if each.fixed_version) == fixable
