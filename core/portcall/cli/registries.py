"""``portcall registries`` and ``plugins``: what can be asked, and through what."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from portcall.cli.running import ConfigOption, JsonOption, ask, settings_or_exit


def add_to(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(registries)
    app.command()(plugins)


def registries(
    registry: Annotated[str, typer.Argument(metavar="[REGISTRY]", help="Only this one.")] = "",
    probe: Annotated[bool, typer.Option("--probe", help="Ask each for a sign of life.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what each prefix routes to, and where its credentials come from."""
    from portcall.cli.output import show

    answer = ask(config, lambda portcall, _: portcall.list_registries(registry, probe), as_json=as_json)
    show(answer, as_json=as_json)


def plugins(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show every plugin found: distribution, version, hooks, tools, state, and what is wrong with it."""
    from portcall.cli.output import print_json, terminal
    from portcall.loader import load_plugins

    loaded = load_plugins(settings_or_exit(config))
    rows = [
        {
            "plugin": report.source.qualified,
            "version": report.source.version,
            "state": report.state,
            "hooks": report.hooks,
            "backends": report.backends,
            "tools": report.tools,
            "problems": report.problems,
            "notes": report.notes,
        }
        for report in loaded.reports
    ]
    if as_json:
        print_json({"plugins": rows})
    elif sys.stdout.isatty():
        from portcall.cli.drawings import plugins_drawing

        terminal().print(plugins_drawing(loaded))
    else:
        for row in rows:
            told = "; ".join([*row["problems"], *row["notes"]])
            sys.stdout.write(f"{row['plugin']} {row['version']} {row['state']} {told}".rstrip() + "\n")
