"""``portcall cache``: what is kept, and how to be rid of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from portcall.cli.running import ConfigOption, JsonOption, ask

if TYPE_CHECKING:
    from portcall.gateway import Portcall
    from portcall.models import CacheContents
    from portcall.progress import Progress

_cache = typer.Typer(name="cache", help="What is kept, and how to be rid of it.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    _cache.command()(info)
    _cache.command()(clear)
    app.add_typer(_cache)


def info(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show where answers are kept, how many, and their size."""
    from portcall.cli.output import show

    answer = ask(config, lambda portcall, _: portcall.cache_contents(), as_json=as_json)
    show(answer, as_json=as_json)


def clear(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Throw away all kept answers. Those of other processes that share the cache go, too."""
    from portcall.cli.output import show
    from portcall.render.quantity import counted

    async def question(portcall: Portcall, _: Progress) -> tuple[CacheContents, CacheContents]:
        return await portcall.cache_contents(), await portcall.clear_cache()

    before, after = ask(config, question, as_json=as_json)
    if not as_json:
        cleared = counted(max(_entries(before) - _entries(after), 0), "answer")
        sys.stdout.write(f"cleared {cleared}\n\n")
    show(after, as_json=as_json)


def _entries(contents: CacheContents) -> int:
    return sum(tier.entries or 0 for tier in contents.tiers)
