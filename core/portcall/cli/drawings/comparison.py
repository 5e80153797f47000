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
    from rich.table import Table

    from portcall.models import ComparedImage, ImageComparison

_LONGEST_ROW = 1000
_STYLES = {"+": "green", "-": "red", "!": "yellow"}


def comparison_drawing(answer: ImageComparison) -> RenderableType:
    """Return the verdict, both sides, and the rows of every kind of difference."""
    parts: list[RenderableType] = [told(verdict(answer), "bold"), "", _sides(answer)]
    for title, rows in sections(answer):
        parts += ["", told(title, "dim"), *map(_row, rows)]
    return Group(*parts)


def _row(row: str) -> Text:
    """Return a row as it is laid out: blanks in it are columns."""
    return Text(visible(row, _LONGEST_ROW).replace("\n", "\\n"), _STYLES.get(row[:1], ""))


def _sides(answer: ImageComparison) -> Table:
    table = bare_table()
    table.add_column(style="dim")
    for style in ("bold", "cyan", "", "dim", "dim"):
        table.add_column(style=style, overflow="fold")
    for name, image in (("a", answer.a), ("b", answer.b)):
        table.add_row(name, *map(told, _facts(image)))
    return table


def _facts(image: ComparedImage) -> tuple[str, ...]:
    weight = f"{size(image.size)} in {counted(image.layers or 0, 'layer')}" if image.size is not None else ""
    created = to_the_second(image.created) if image.created else ""
    return (
        f"{image.name}{':' + image.tag if image.tag else ''}",
        image.platform or "",
        weight,
        created,
        image.digest[:19],
    )
