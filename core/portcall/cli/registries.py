"""``portcall registries`` and ``plugins``: what can be asked, and through what."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from portcall.cli.running import FAILED, ConfigOption, JsonOption, ask, settings_or_exit

if TYPE_CHECKING:
    from portcall.loader import PluginReport


def add_to(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(registries)
    app.command()(plugins)


def registries(
    registry: Annotated[str, typer.Argument(metavar="REGISTRY", help="Only this one; with --probe any.")] = "",
    probe: Annotated[bool, typer.Option("--probe", help="Ask each for a sign of life.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what each prefix routes to. Exit with 1 where a REGISTRY that was probed does not answer."""
    from portcall.cli.output import show

    answer = ask(config, lambda portcall, _: portcall.list_registries(registry, probe), as_json=as_json)
    show(answer, as_json=as_json)
    # Of those that nobody named, some may well be out of reach from here.
    if registry and any(info.reachable is False for info in answer.registries):
        raise typer.Exit(FAILED)


def plugins(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show every plugin found: what it adds, what is wrong with it. Exit with 1 where one has a problem."""
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
        sys.stdout.writelines(f"{_line(report)}\n" for report in loaded.reports)
    if any(report.problems for report in loaded.reports):
        raise typer.Exit(FAILED)


def _line(report: PluginReport) -> str:
    """Return a plugin on one line: what it is, what it adds, and what is wrong with it."""
    from portcall.render.untrusted import plain_line

    told = f"{report.source.qualified} {report.source.version} {report.state}"
    wrong = "; ".join([*report.problems, *report.notes])
    if wrong:
        told += f", but {wrong}" if report.state == "loaded" and report.problems else f": {wrong}"
    for kind, names in (("backends", report.backends), ("tools", report.tools)):
        if names:
            told += f" · {kind} {', '.join(names)}"
    return plain_line(told, 2000)
