"""What the cache holds, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.cli.drawings.table import titled_table, told
from portcall.render.quantity import size

if TYPE_CHECKING:
    from rich.table import Table

    from portcall.models import CacheContents


def cache_drawing(answer: CacheContents) -> Table:
    """Return one row for each tier."""
    table = titled_table("TIER", "WHERE", "ANSWERS", "SIZE", right={"ANSWERS", "SIZE"})
    for tier in answer.tiers:
        name, where = told(tier.name), told(tier.where)
        if tier.problem:
            table.add_row(name, where, "", told(tier.problem, "red", 200))
        else:
            table.add_row(name, where, f"{tier.entries or 0:,}", size(tier.bytes or 0))
    return table
