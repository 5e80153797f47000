"""What the registry's own scanner found in an image: one platform's manifest, a page at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.cursor import check_limit, make_cursor, read_cursor
from portcall.errors import InvalidArgumentError
from portcall.images.choice import choose
from portcall.models import SEVERITIES, VulnerabilityList

if TYPE_CHECKING:
    from portcall.backend import RegistryBackend
    from portcall.models import Vulnerability
    from portcall.pages import ScanReport
    from portcall.platform import Platform
    from portcall.reference import Reference

_RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}
#: What a scanner's result is called, once there is one.
SCANNED = "scanned"


@dataclass(frozen=True, slots=True)
class VulnerabilityQuestion:
    """What is asked of a scan report.

    Args:
        severity: The mildest that is wanted; empty for all.
        limit: Most rows of a page, 1-1000.
        cursor: Where an earlier page ended.

    Raises:
        InvalidArgumentError: No such severity, or a limit out of range.
    """

    severity: str = ""
    limit: int = 50
    cursor: str = ""

    def __post_init__(self) -> None:
        if self.severity and self.severity not in _RANK:
            raise InvalidArgumentError(
                f"the argument `severity` is none of {', '.join(SEVERITIES)}",
                hint="Leave it out for all of them.",
                candidates=SEVERITIES,
            )
        check_limit(self.limit)


async def vulnerabilities(
    backend: RegistryBackend,
    reference: Reference,
    question: VulnerabilityQuestion,
    wanted: Platform | None,
    default: Platform,
) -> VulnerabilityList:
    """Return one page of what was found, the worst first; nothing but a status where nothing is known.

    Raises:
        InvalidArgumentError: A cursor that makes no sense.
        NotFoundError: No such image, or not for the platform ``wanted``.
        UnsupportedError: The registry scans nothing, or does not tell.
    """
    if "vulnerabilities" not in backend.capabilities:
        # Said before anything is fetched, which may be metered.
        raise backend.unsupported("has no scanner that could be asked")
    top = await backend.get_manifest(reference.repository, reference.identifier)
    choice = await choose(backend, reference.repository, top, wanted, default)
    report = await backend.get_vulnerabilities(reference.repository, choice.manifest.digest)
    about = VulnerabilityList(
        name=reference.familiar_name,
        registry=reference.registry,
        reference=reference.pinned(top.digest),
        digest=top.digest,
        platform_digest=choice.manifest.digest,
        platform=str(choice.platform) if choice.platform else None,
        status=report.status,
        scanner=report.scanner,
        scanned_at=report.scanned_at,
        severity=question.severity,
        warnings=report.warnings,
    )
    return _page(about, report, question) if report.status == SCANNED else about


def _page(about: VulnerabilityList, report: ScanReport, question: VulnerabilityQuestion) -> VulnerabilityList:
    found = sorted(report.vulnerabilities, key=_worst_first)
    mildest = _RANK.get(question.severity, len(SEVERITIES))
    listed = [each for each in found if _rank(each) <= mildest]
    bound_to = ("get_vulnerabilities", about.name, about.platform_digest, question.severity)
    (told,) = read_cursor(question.cursor, bound_to, int) if question.cursor else (0,)
    start = max(told, 0)
    rows = tuple(listed[start : start + question.limit])

    def cursor_at(row: int) -> str:
        return make_cursor([start + row], bound_to)

    counts = Counter(_severity(each) for each in found)
    page = about.model_copy(
        update={
            "vulnerabilities": rows,
            "counts": {severity: counts[severity] for severity in SEVERITIES if counts[severity]},
            "fixable": sum(1 for each in found if each.fixed_version),
            "total": len(listed),
            "next_cursor": cursor_at(len(rows)) if start + len(rows) < len(listed) else None,
        }
    )
    return page.paged_by(cursor_at)


def _worst_first(found: Vulnerability) -> tuple[int, float, str, str]:
    return _rank(found), -(found.score or 0.0), found.id, found.package or ""


def _rank(found: Vulnerability) -> int:
    return _RANK[_severity(found)]


def _severity(found: Vulnerability) -> str:
    return found.severity if found.severity in _RANK else "unknown"
