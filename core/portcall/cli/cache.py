"""``portcall cache``: what is kept, and how to be rid of it."""

from __future__ import annotations

import typer

from portcall.cli.running import ConfigOption, JsonOption, ask

_cache = typer.Typer(name="cache", help="What is kept, and how to be rid of it.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    _cache.command()(info)
    _cache.command()(clear)
    app.add_typer(_cache)


def info(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show where answers are kept, how many, and how much room they take."""
    from portcall.cli.output import show

    answer = ask(config, lambda portcall, _: portcall.cache_contents(), as_json=as_json)
    show(answer, as_json=as_json)


def clear(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Throw away all kept answers, those of other processes that share the cache included."""
    from portcall.cli.output import show

    answer = ask(config, lambda portcall, _: portcall.clear_cache(), as_json=as_json)
    show(answer, as_json=as_json)
