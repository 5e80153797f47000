"""Two images, drawn side by side: what came in green, what went in red."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from portcall.cli.drawings.table import bare_table
from portcall.render.comparison import sections, verdict
from portcall.render.quantity import counted, size, to_the_second
from portcall.render.untrusted import plain_line

if TYPE_CHECKING:
    from rich.table import Table

    from portcall.models import ComparedImage, ImageComparison

_STYLES = {"+": "green", "-": "red", "!": "yellow"}


def comparison_drawing(answer: ImageComparison) -> RenderableType:
    """Return the verdict, both sides, and the rows of every kind of difference."""
    parts: list[RenderableType] = [Text(verdict(answer), "bold"), "", _sides(answer)]
    for title, rows in sections(answer):
        parts += ["", Text(title, "dim"), *(Text(row, _STYLES.get(row[:1], "")) for row in rows)]
    return Group(*parts)


def _sides(answer: ImageComparison) -> Table:
    table = bare_table()
    table.add_column(style="dim")
    for style in ("bold", "cyan", "", "dim", "dim"):
        table.add_column(style=style, overflow="fold")
    for name, image in (("a", answer.a), ("b", answer.b)):
        table.add_row(name, *_facts(image))
    return table


def _facts(image: ComparedImage) -> tuple[str, ...]:
    weight = f"{size(image.size)} in {counted(image.layers or 0, 'layer')}" if image.size is not None else ""
    created = to_the_second(image.created) if image.created else ""
    return (
        f"{image.name}{':' + image.tag if image.tag else ''}",
        plain_line(image.platform or "", 80),
        weight,
        created,
        image.digest[:19],
    )
