"""Two images, drawn side by side: what came in green, what went in red."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from portcall.cli.drawings.table import bare_table, told
from portcall.render.comparison import sections, verdict
from portcall.render.quantity import counted, size, to_the_second
from portcall.render.untrusted import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.table import Table

    from portcall.models import ComparedImage, ImageComparison

_LONGEST_ROW = 1000
_STYLES = {"+": "green", "-": "red", "!": "yellow"}


def comparison_drawing(answer: ImageComparison) -> RenderableType:
    """Return the verdict, both sides, and the rows of every kind of difference."""
    parts: list[RenderableType] = [told(verdict(answer), "bold"), "", _sides(answer)]
    for title, rows in sections(answer):
        parts += ["", told(title, "dim"), _rows(rows)]
    return Group(*parts)


def _rows(rows: Sequence[str]) -> Table:
    """Return rows behind their signs, so that long ones go on beside them; blanks in them are columns."""
    table = bare_table()
    table.padding = (0, 1, 0, 0)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        sign, style = row[:1], _STYLES.get(row[:1], "")
        table.add_row(Text(sign, style), Text(visible(row[2:], _LONGEST_ROW).replace("\n", "\\n"), style))
    return table


def _sides(answer: ImageComparison) -> Table:
    table = bare_table()
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, image in (("a", answer.a), ("b", answer.b)):
        shown = told(f"{image.name}{':' + image.tag if image.tag else ''}", "bold", 600)
        facts = Text("  ").join(told(text, style) for text, style in _facts(image) if text)
        table.add_row(name, shown.append("\n").append(facts))
    return table


def _facts(image: ComparedImage) -> Iterator[tuple[str, str]]:
    """Yield what is known of one side, and how that is drawn."""
    yield image.platform or "", "cyan"
    yield f"{size(image.size)} in {counted(image.layers or 0, 'layer')}" if image.size is not None else "", ""
    yield to_the_second(image.created) if image.created else "", "dim"
    yield image.digest[:19], "dim"
