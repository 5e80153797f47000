"""Artifacts: what Harbor tells of manifests, with their tags and scans.

Source: goharbor/harbor src/server/v2.0/handler/artifact.go, src/server/v2.0/handler/assembler/report.go.
"""

from __future__ import annotations

import json
from typing import Any

from portcall.testing import Reply

from harbor_double.call import Call
from harbor_double.refusals import RefusedError, answer
from harbor_double.site import Scan

REPORT = "application/vnd.security.vulnerability.report; version=1.1"
SCANNER = {"name": "Trivy", "vendor": "Aqua Security", "version": "v0.50.1"}


def list_artifacts(call: Call) -> Reply:
    """Return a page of a repository's artifacts; an empty one of a repository that is not there."""
    call.require("list artifact")
    shelf = call.held.store.repositories.get(call.repository)
    tagged = list(dict.fromkeys(shelf.tags.values())) if shelf else []
    found = tagged if call.keywords().get("tags") == "*" else list(shelf.manifests if shelf else [])
    if call.request.parameter("sort") == "-push_time":
        found.reverse()
    return call.page(found, lambda digest: _artifact(call, digest))


def get_artifact(call: Call) -> Reply:
    """Return one artifact, by digest or tag."""
    call.require("read artifact")
    return answer(_artifact(call, _digest(call)))


def get_vulnerabilities(call: Call) -> Reply:
    """Return a report by its media type; an empty object where there is none."""
    call.require("read addition")
    digest = _digest(call)
    if not call.site.has_scanner:
        raise RefusedError(404, "NOT_FOUND", "no scanner registration configured")
    scan = call.site.scans.get(digest, Scan("Pending"))
    if scan.report is not None:
        return answer(scan.report)
    return answer({REPORT: _report(scan)} if scan.status == "Success" else {})


def _digest(call: Call) -> str:
    stored = call.held.store.find(call.repository, call.path["reference"])
    if stored is None:
        raise RefusedError(404, "NOT_FOUND", f"artifact {call.repository}:{call.path['reference']} not found")
    return stored.digest


def _artifact(call: Call, digest: str) -> dict[str, Any]:
    shelf = call.held.store.repositories[call.repository]
    stored = shelf.manifests[digest]
    document, place = stored.document, list(shelf.manifests).index(digest)
    parts = [document.get("config") or {}, *(document.get("layers") or []), *(document.get("manifests") or [])]
    told: dict[str, Any] = {
        "id": place + 1,
        "type": "IMAGE",
        "project_id": call.site.number(call.project),
        "repository_name": call.repository,
        "digest": digest,
        "manifest_media_type": stored.media_type,
        "size": len(stored.content) + sum(part.get("size", 0) for part in parts),
        "push_time": _moment(place),
        "extra_attrs": _configuration(call, document),
        "references": [_reference(child) for child in document.get("manifests") or []] or None,
        "tags": _tags(call, digest) if call.truth("with_tag", default=True) else None,
    }
    if call.site.has_scanner:
        href = f"/api/v2.0/projects/{call.project}/repositories/…/artifacts/{digest}/additions/vulnerabilities"
        told["addition_links"] = {"vulnerabilities": {"href": href, "absolute": False}}
    scan = call.site.scans.get(digest)
    if call.truth("with_scan_overview", default=False) and scan is not None:
        told["scan_overview"] = {REPORT: _overview(scan)}
    # Go leaves out what is empty, and writes null where it means to.
    return {name: value for name, value in told.items() if value is not None}


def _tags(call: Call, digest: str) -> list[dict[str, Any]]:
    tags = call.held.store.repositories[call.repository].tags
    return [
        {"id": place + 1, "name": tag, "push_time": _moment(place), "immutable": False}
        for place, (tag, named) in enumerate(tags.items())
        if named == digest
    ]


def _reference(child: dict[str, Any]) -> dict[str, Any]:
    told = {"child_digest": child["digest"], "platform": child.get("platform")}
    return {name: value for name, value in told.items() if value is not None}


def _configuration(call: Call, document: dict[str, Any]) -> dict[str, Any] | None:
    blob = call.held.store.blob((document.get("config") or {}).get("digest", ""))
    try:
        known = json.loads(blob or b"{}")
    except ValueError:
        return None
    return {name: known[name] for name in ("architecture", "os", "created") if name in known} or None


def _overview(scan: Scan) -> dict[str, Any]:
    return {
        "report_id": "5f62c830-f996-11e9-957f-0242c0a89008",
        "scan_status": scan.status,
        "complete_percent": 100,
        "scanner": SCANNER,
        "summary": {"total": len(scan.findings), "fixable": 0, "summary": {}},
    }


def _report(scan: Scan) -> dict[str, Any]:
    return {
        "generated_at": "2024-06-01T09:30:00.123456789Z",
        "scanner": SCANNER,
        "severity": "High",
        "vulnerabilities": [dict(finding) for finding in scan.findings],
    }


def _moment(place: int) -> str:
    return f"2024-05-{place // 24 % 28 + 1:02}T{place % 24:02}:00:00.000Z"
