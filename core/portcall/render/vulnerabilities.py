"""What a registry's scanner found, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.models import SEVERITIES
from portcall.render.paging import more
from portcall.render.quantity import counted, to_the_second
from portcall.render.untrusted import code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.models import Vulnerability, VulnerabilityList

_LONGEST_DESCRIPTION = 120
#: The words of :class:`portcall.pages.ScanReport` for a manifest without a result.
_UNSCANNED = {
    "queued": "the scan is `queued`, ask again later",
    "failed": "the scan `failed`, start another in the registry",
    "not scanned": "it was `not scanned`, start a scan in the registry",
    "unsupported": "`unsupported`, the scanner reads no such image",
}


def vulnerabilities_text(answer: VulnerabilityList) -> str:
    """Return the counts first, then one row for each vulnerability."""
    image = f"{answer.name} {code(answer.platform)}" if answer.platform else answer.name
    if answer.counts is None:
        return "\n\n".join((f"# {image}: nothing is known: {_why(answer.status)}", _scan(answer)))
    rows = "\n".join(" · ".join(_row(found)) for found in answer.vulnerabilities)
    parts = (f"# {image}: {_none_listed(answer)}{_summary(answer)}", _scan(answer), rows, more(answer.next_cursor))
    return "\n\n".join(part for part in parts if part)


def _why(status: str) -> str:
    """Return why nothing is known, with the next step, where there is one to take."""
    return _UNSCANNED.get(status) or f"the scan is {code(status, 100)}"


def _none_listed(answer: VulnerabilityList) -> str:
    """Return, before all else, that there is nothing as bad as was asked for."""
    if not answer.severity or answer.total or not answer.counts:
        return ""
    return f"none {answer.severity}{'' if answer.severity == SEVERITIES[0] else ' or worse'}; "


def _summary(answer: VulnerabilityList) -> str:
    counts = answer.counts or {}
    if not counts:
        return "the scan found no vulnerability"
    each = ", ".join(f"{counts[severity]:,} {severity}" for severity in SEVERITIES if severity in counts)
    fixable = f"; newer packages fix {answer.fixable:,}" if answer.fixable else ""
    return f"{counted(sum(counts.values()), 'vulnerability', 'vulnerabilities')}: {each}{fixable}"


def _scan(answer: VulnerabilityList) -> str:
    facts = [f"- reference: {code(answer.reference, 600)}"]
    if answer.scanner or answer.scanned_at:
        by = f" by {code(answer.scanner, 100)}" if answer.scanner else ""
        when = f" at {to_the_second(answer.scanned_at)}" if answer.scanned_at else ""
        facts.append(f"- scanned{by}{when}")
    if answer.severity:
        worse = "" if answer.severity == SEVERITIES[0] else " and worse"
        facts.append(f"- listed: {counted(answer.total or 0, 'row')}, {answer.severity}{worse}")
    return "\n".join(facts)


def _row(found: Vulnerability) -> Iterator[str]:
    score = "" if found.score is None else f" {found.score:g}"
    yield f"- {code(found.id, 100)} {found.severity if found.severity in SEVERITIES else 'unknown'}{score}"
    if found.package:
        yield code(f"{found.package} {found.version or ''}".strip(), 200)
    yield f"fixed in {code(found.fixed_version, 100)}" if found.fixed_version else "no fix told"
    if found.description:
        yield code(found.description, _LONGEST_DESCRIPTION)
