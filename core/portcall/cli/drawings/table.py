"""Tables without borders, as all drawings have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Collection

    from portcall.models import Page


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


def bare_table() -> Table:
    """Return an empty table without a head, whose columns are still to be added."""
    return Table(box=None, show_header=False, pad_edge=False)


def going_on(page: Page) -> Text:
    """Return how the next page is asked for, where there is one."""
    return Text(f"more: --cursor {page.next_cursor}" if page.next_cursor else "", "dim")
