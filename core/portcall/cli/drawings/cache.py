"""What the cache holds, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from portcall.cli.drawings.table import titled_table
from portcall.render.quantity import size
from portcall.render.untrusted import plain_line

if TYPE_CHECKING:
    from rich.table import Table

    from portcall.models import CacheContents


def cache_drawing(answer: CacheContents) -> Table:
    """Return one row for each tier."""
    table = titled_table("TIER", "WHERE", "ANSWERS", "SIZE", right={"ANSWERS", "SIZE"})
    for tier in answer.tiers:
        where = Text(tier.where)
        if tier.problem:
            table.add_row(tier.name, where, "", Text(plain_line(tier.problem, 200), "red"))
        else:
            table.add_row(tier.name, where, f"{tier.entries or 0:,}", size(tier.bytes or 0))
    return table
