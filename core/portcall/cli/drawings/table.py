"""Texts and tables without borders, as all drawings have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from portcall.cursor import MAX_LENGTH
from portcall.render.untrusted import plain_line

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from portcall.models import ImageDetail, OfImage, Page


def told(text: str | None, style: str = "", limit: int = 300) -> Text:
    """Return a text on one line, in which nothing moves a cursor, whoever wrote it."""
    return Text(plain_line(text or "", limit), style)


def headline(answer: OfImage | ImageDetail, also: str | None = None) -> Text:
    """Return which image an answer is about, and its platform, or what it is instead."""
    name = f"{answer.name}{':' + answer.tag if answer.tag else ''}"
    return Text.assemble(told(name, "bold", 600), "  ", told(answer.platform or also, "cyan", 80))


def titled_table(*titles: str, right: Collection[str] = ()) -> Table:
    """Return an empty table with a head.

    Args:
        titles: Of its columns.
        right: Those whose cells are numbers.
    """
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in titles:
        table.add_column(title, justify="right" if title in right else "left", overflow="fold")
    return table


def filled_table(titles: Sequence[str], rows: Sequence[Sequence[Text]], right: Collection[str] = ()) -> Table:
    """Return a table of rows, without the columns in which nothing would stand."""
    filled = [place for place in range(len(titles)) if any(str(row[place]) for row in rows)]
    table = titled_table(*(titles[place] for place in filled), right=right)
    for row in rows:
        table.add_row(*(row[place] for place in filled))
    return table


def bare_table() -> Table:
    """Return an empty table without a head, whose columns are still to be added."""
    return Table(box=None, show_header=False, pad_edge=False)


def going_on(page: Page) -> Text:
    """Return how the next page is asked for, where there is one."""
    return told(f"more: --cursor {page.next_cursor}" if page.next_cursor else "", "dim", MAX_LENGTH + 20)
