"""Scan reports: what Harbor's scanner found in one manifest, or why nothing is known.

Source: goharbor/harbor src/pkg/scan/vuln/{report,severity}.go, src/server/v2.0/handler/assembler/report.go,
src/jobservice/job/status.go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from portcall.errors import UpstreamError
from portcall.models import SEVERITIES, Vulnerability
from portcall.plugin import ScanReport, mapping, read_rows, text, to_rfc3339

from portcall_harbor.names import repository_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portcall_harbor.api import HarborApi

NOT_SCANNED, UNSUPPORTED = "not scanned", "unsupported"
#: What ``scan_status`` says, which is how the job fares.
_STATUSES = {
    "success": "scanned",
    "pending": "queued",
    "scheduled": "queued",
    "running": "queued",
    "error": "failed",
    "stopped": "failed",
}
_WORD = re.compile(r"[a-z][a-z _-]{0,31}\Z")
_ADDRESS = re.compile(r"https?://[^\s<>\"]{1,2000}\Z")


async def get_vulnerabilities(api: HarborApi, repository: str, digest: str) -> ScanReport:
    """Return the report on one manifest.

    Its artifact tells first whether there is one: the addition is an empty object where there is none.

    Raises:
        NotFoundError: There is no such manifest, or it is hidden.
        UpstreamError: The report is none.
    """
    path = (*repository_path(repository), "artifacts", digest)
    what = f"scan of {digest[:19]}… in {repository}"
    query = {"with_scan_overview": "true", "with_tag": "false"}
    artifact = await api.get_object(path, query, what=what, hidden=True)
    overview = _first(artifact.get("scan_overview"))
    if overview is None:
        scannable = "vulnerabilities" in mapping(artifact.get("addition_links"))
        return ScanReport(NOT_SCANNED if scannable else UNSUPPORTED)
    status = _status(overview.get("scan_status"))
    if status != "scanned":
        return ScanReport(status, scanner=_scanner(overview), scanned_at=None)
    report = _first(await api.get_object((*path, "additions", "vulnerabilities"), what=what, hidden=True))
    return ScanReport(NOT_SCANNED) if report is None else _report(api, report, what)


def vulnerability(row: object) -> Vulnerability | None:
    """Return one finding."""
    told = mapping(row)
    name = text(told.get("id"))
    if name is None:
        return None
    links = told.get("links")
    addresses = (link for link in (links if isinstance(links, list) else ()) if isinstance(link, str))
    return Vulnerability(
        id=name,
        severity=severity(told.get("severity")),
        package=text(told.get("package")),
        version=text(told.get("version")),
        fixed_version=text(told.get("fix_version")),
        score=_score(mapping(told.get("preferred_cvss")).get("score_v3")),
        description=text(told.get("description")),
        url=next((link for link in addresses if _ADDRESS.match(link)), None),
    )


def severity(told: object) -> str:
    """Return one of portcall's severities; ``None``, a CVSS score of 0, is what Harbor makes of negligible."""
    known = told.lower() if isinstance(told, str) else ""
    return {"none": "negligible"}.get(known, known if known in SEVERITIES else "unknown")


def _report(api: HarborApi, report: Mapping[str, Any], what: str) -> ScanReport:
    rows = report.get("vulnerabilities")
    if not isinstance(rows, list):
        raise UpstreamError(
            f"the answer of {api.registry} about the {what} holds no vulnerabilities, not even none",
            hint="Have the image scanned anew; nothing is known until then.",
            registry=api.registry,
        )
    found, warnings = read_rows(rows, vulnerability)
    once = {(each.id, each.package, each.version): each for each in found}
    return ScanReport(
        "scanned",
        tuple(once.values()),
        scanner=_scanner(report),
        scanned_at=to_rfc3339(report.get("generated_at")),
        warnings=warnings,
    )


def _first(by_media_type: object) -> dict[str, Any] | None:
    """Return what is told under the first media type of a report; there is never more than one."""
    return next((mapping(told) for told in mapping(by_media_type).values()), None)


def _status(told: object) -> str:
    word = told.lower() if isinstance(told, str) else ""
    return _STATUSES.get(word, word if _WORD.match(word) else NOT_SCANNED)


def _scanner(told: Mapping[str, Any]) -> str | None:
    scanner = mapping(told.get("scanner"))
    parts = [part for part in (text(scanner.get("name")), text(scanner.get("version"))) if part]
    return " ".join(parts) or None


def _score(told: object) -> float | None:
    """Return a CVSS score; 0 is what Harbor writes where none is known."""
    known = isinstance(told, int | float) and not isinstance(told, bool) and 0 < told <= 10
    return float(told) if known else None  # type: ignore[arg-type]
