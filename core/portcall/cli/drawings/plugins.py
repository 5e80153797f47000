"""Every plugin that was found, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from portcall.cli.drawings.table import titled_table
from portcall.render.untrusted import plain_line

if TYPE_CHECKING:
    from rich.table import Table

    from portcall.loader import LoadedPlugins

_COLOURS = {"loaded": "green", "disabled": "dim", "failed": "red"}


def plugins_drawing(loaded: LoadedPlugins) -> Table:
    """Return one row for each plugin."""
    table = titled_table("PLUGIN", "VERSION", "STATE", "BACKENDS", "TOOLS", "PROBLEM")
    for report in loaded.reports:
        half = report.state == "loaded" and report.problems
        table.add_row(
            report.source.qualified,
            report.source.version,
            Text("loaded, but", "yellow") if half else Text(report.state, _COLOURS[report.state]),
            ", ".join(report.backends),
            ", ".join(report.tools),
            Text("\n").join(
                [Text(plain_line(told, 400), "red") for told in report.problems]
                + [Text(plain_line(told, 400), "yellow") for told in report.notes]
            ),
        )
    return table
