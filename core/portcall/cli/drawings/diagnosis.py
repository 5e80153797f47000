"""What the doctor found, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from portcall.cli.drawings.table import bare_table
from portcall.render.untrusted import plain_line

if TYPE_CHECKING:
    from rich.table import Table

    from portcall.models import Diagnosis

_MARKS = {"good": ("✔", "green"), "note": ("!", "yellow"), "problem": ("✘", "bold red")}


def diagnosis_drawing(answer: Diagnosis) -> Table:
    """Return what was found, area by area, the next step below what is wrong."""
    table = bare_table()
    table.add_column()
    table.add_column(style="bold", overflow="fold", ratio=1)
    table.add_column(overflow="fold", ratio=2)
    area = ""
    for finding in answer.findings:
        if finding.area != area:
            area = finding.area
            table.add_row("", Text(area.capitalize(), "dim"), "")
        told = Text(plain_line(finding.message, 400), "red" if finding.state == "problem" else "")
        if finding.hint:
            told.append(f"\n→ {plain_line(finding.hint, 400)}", "cyan")
        table.add_row(Text(*_MARKS[finding.state]), Text(plain_line(finding.subject, 200)), told)
    return table
