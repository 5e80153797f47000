"""What Quay's scanner, Clair, found in a manifest.

Source: quay/quay endpoints/api/secscan.py, data/secscan_model/secscan_v4_model.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from portcall.errors import (
    HiddenError,
    InvalidReferenceError,
    PortcallError,
    UnavailableError,
    UnsupportedError,
    UpstreamError,
)
from portcall.models import SEVERITIES, Vulnerability
from portcall.plugin import ScanReport, count, is_digest, listing, mapping, read_rows, text
from portcall_quay.names import path_of
from portcall_quay.problems import is_page, refused, refused_repository

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from portcall.plugin import Reply, Upstream
    from portcall_quay.api import QuayApi

_LOGINS = (
    "Scan reports are told to whoever may pull: configure a robot account, or an OAuth application token with the "
    "scope repo:read."
)
#: By Clair's words, in lower case; "Defcon1", of Clair 2, is above them all.
_SEVERITIES = {"defcon1": "critical", **{severity: severity for severity in SEVERITIES}}
#: What a status is: one word, for it is passed on.
_STATUS = re.compile(r"[a-z_]{1,40}\Z")
#: A feature, and one of its findings, unread.
_Finding = tuple[dict[str, Any], Any]


class NoSuchPathError(UnavailableError):
    """A web page for what is not there: Quay's where it has no scanner, and any proxy's."""


async def scan_report(api: QuayApi, repository: str, digest: str) -> ScanReport:
    """Return what is known of one platform's manifest.

    Raises:
        InvalidReferenceError: ``repository`` or ``digest`` is none.
        HiddenError: There is no such repository, or these credentials may not read it.
        NotFoundError: It has no such manifest.
        UnavailableError: The scanner is out of reach (520), or the API.
        UnsupportedError: This Quay has no scanner.
    """
    if not is_digest(digest):
        raise InvalidReferenceError("a digest is none", hint="It reads sha256: and 64 hexadecimal digits.")
    path = ("repository", *path_of(repository))
    try:
        answer = await api.get(
            (*path, "manifest", digest, "security"),
            {"vulnerabilities": "true"},
            what=f"manifest {digest[:19]}… of {repository}",
            refuse=_refused,
            takes_logins=True,
        )
    except NoSuchPathError as missing:
        if not await _answers(api, path):
            raise
        raise UnsupportedError(
            f"{api.registry} has no scanner that could be asked",
            hint="Its administrators decide (FEATURE_SECURITY_SCANNER).",
            registry=api.registry,
        ) from missing
    return read_report(answer, api.registry)


def read_report(answer: dict[str, Any], registry: str) -> ScanReport:
    """Return the report in an answer.

    Args:
        answer: ``{"status", "data": {"Layer": {"Features": […]}}}``, without data unless it was scanned.
        registry: Whose it is, for messages.

    Raises:
        UpstreamError: It holds none.
    """
    status = text(answer.get("status"))
    layer = mapping(mapping(answer.get("data")).get("Layer"))
    features = layer.get("Features")
    if status is None or (status == "scanned" and not isinstance(features, list)):
        raise UpstreamError(
            f"what {registry} answered for a scan report is none",
            hint="What answers there may be no Quay; check the endpoint.",
            registry=registry,
        )
    if status != "scanned":
        return ScanReport(status if _STATUS.match(status) else "unknown")
    known, warnings = read_rows(list(_findings(listing(features))), _vulnerability)
    if not features:
        # A binary without a package database, for one.
        warnings += ("the scanner knows no package in this image, so that it cannot have found anything",)
    version = count(layer.get("IndexedByVersion"))
    return ScanReport(status, _each_once(known), f"Clair {version}" if version else None, warnings=warnings)


def _refused(reply: Reply, upstream: Upstream, what: str) -> PortcallError:
    if reply.status == 404 and is_page(reply):
        page = refused(reply, upstream, what)
        return NoSuchPathError(page.message, hint=page.hint, registry=page.registry)
    return refused_repository(reply, upstream, what, _LOGINS)


async def _answers(api: QuayApi, path: Sequence[str]) -> bool:
    """Tell whether the API is there and answers at all: that a repository is hidden is an answer, too."""
    try:
        await api.get(path, {"includeTags": "false"}, what="repository", refuse=refused_repository)
    except HiddenError:
        return True
    except PortcallError:
        return False
    return True


def _findings(features: Iterable[object]) -> Iterator[_Finding]:
    for feature in map(mapping, features):
        findings = feature.get("Vulnerabilities") or []
        whole = feature and isinstance(findings, list)
        yield from ((feature, finding) for finding in (findings if whole else [None]))


def _vulnerability(row: _Finding) -> Vulnerability | None:
    feature, told = row[0], mapping(row[1])
    name = text(told.get("Name"))
    if name is None:
        return None
    # A feature's own BaseScores are those of the whole report (secscan_v4_model.py, features_for).
    nvd = mapping(mapping(told.get("Metadata")).get("NVD"))
    return Vulnerability(
        id=name,
        severity=_SEVERITIES.get((text(told.get("Severity")) or "").lower(), "unknown"),
        package=text(feature.get("Name")),
        version=text(feature.get("Version")),
        fixed_version=text(told.get("FixedBy")),
        score=_score(mapping(nvd.get("CVSSv3")).get("Score")),
        description=text(told.get("Description")),
        url=_first_link(told.get("Link")),
    )


def _score(value: object) -> float | None:
    """Return a CVSS score; Quay writes an empty text where there is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= 10 else None


def _first_link(links: object) -> str | None:
    """Return the first of the addresses that stand one behind another, with blanks between them."""
    addresses = (text(links) or "").split()
    return next((each for each in addresses if each.startswith(("https://", "http://"))), None)


def _each_once(found: Iterable[Vulnerability]) -> tuple[Vulnerability, ...]:
    """Return each package's vulnerabilities once: its layers may bring the same one again."""
    known: dict[tuple[str, str | None, str | None], Vulnerability] = {}
    for each in found:
        known.setdefault((each.id, each.package, each.version), each)
    return tuple(known.values())
