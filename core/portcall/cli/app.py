"""``portcall``'s commands, put together."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from portcall.cli import (
    building,
    cache,
    call,
    config,
    contents,
    demo,
    doctor,
    images,
    registries,
    search,
    serve,
    token,
)
from portcall.version import __version__

app = typer.Typer(
    name="portcall",
    help="One MCP server for every container registry; and the same questions at the shell.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Brackets in help are brackets: to Rich they would be markup, and gone.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"portcall {__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """One MCP server for every container registry; and the same questions at the shell."""


serve.add_to(app)
search.add_to(app)
images.add_to(app)
contents.add_to(app)
building.add_to(app)
registries.add_to(app)
doctor.add_to(app)
config.add_to(app)
cache.add_to(app)
call.add_to(app)
demo.add_to(app)
token.add_to(app)
