"""What the doctor found, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from portcall.cli.drawings.marks import mark
from portcall.cli.drawings.table import bare_table, told

if TYPE_CHECKING:
    from rich.table import Table

    from portcall.models import Diagnosis


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
        said = told(finding.message, "red" if finding.state == "problem" else "", 400)
        if finding.hint:
            said.append("\n").append(told(f"→ {finding.hint}", "cyan", 400))
        sign = Text("!", "yellow") if finding.state == "note" else mark(finding.state == "good")
        table.add_row(sign, told(finding.subject, "bold", 200), said)
    return table
