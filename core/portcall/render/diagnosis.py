"""What the doctor found, as text."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from portcall.render.prose import sentence
from portcall.render.untrusted import code

if TYPE_CHECKING:
    from portcall.models import Diagnosis, Finding


def diagnosis_text(answer: Diagnosis) -> str:
    """Return one line for each finding, below its area."""
    parts = []
    for area, found in groupby(answer.findings, key=lambda finding: finding.area):
        parts.append("\n".join([f"# {area.capitalize()}", "", *map(_line, found)]))
    return "\n\n".join(parts)


def _line(finding: Finding) -> str:
    mark = {"good": "ok", "note": "note", "problem": "**problem**"}[finding.state]
    told = sentence(finding.message)
    hint = f" {sentence(finding.hint)}" if finding.hint else ""
    return f"- {mark}: {code(finding.subject, 200)}: {told}{hint}"
