"""Every plugin that was found, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from portcall.cli.drawings.table import titled_table, told

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
            told(report.source.qualified),
            told(report.source.version, limit=60),
            Text("loaded, but", "yellow") if half else Text(report.state, _COLOURS[report.state]),
            told(", ".join(report.backends)),
            told(", ".join(report.tools)),
            Text("\n").join(
                [told(problem, "red", 400) for problem in report.problems]
                + [told(note, "yellow", 400) for note in report.notes]
            ),
        )
    return table
