"""``portcall serve``: the MCP server."""

from __future__ import annotations

import gc
from enum import StrEnum
from typing import Annotated

import typer

from portcall.cli.running import BAD_USAGE, ConfigOption, complain, gateway_or_exit
from portcall.errors import PortcallError, UnsupportedError

#: Those that there are; what names them would cost every command the time to load the tools.
TOOLSETS = "discovery, inspect, content, dockerfile, supply-chain, plugins"


class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def add_to(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command()(serve)


def serve(
    transport: Annotated[str, typer.Option(help="stdio, as MCP hosts start it.")] = "stdio",
    toolsets: Annotated[str, typer.Option(metavar="NAME,NAME", help=f"Offer these tools only: {TOOLSETS}.")] = "",
    log_level: Annotated[
        LogLevel, typer.Option(help="info: a line for each call; debug: one for each request, too.")
    ] = LogLevel.WARNING,
    config: ConfigOption = None,
) -> None:
    """Serve MCP. Nothing else goes to stdout; the log is on stderr."""
    if transport != "stdio":
        complain(UnsupportedError(f"there is no transport {transport!r} in this version", hint="Use stdio."))
        raise typer.Exit(BAD_USAGE)
    # What is imported now stays for ever: no collection need look at it, neither now nor at the end.
    gc.disable()
    import asyncio

    from portcall.server.app import build_server
    from portcall.server.stdio import claim_pipes, serve_stdio

    pipes = claim_pipes()
    try:
        server = build_server(
            gateway_or_exit(config, log_level=log_level), [name for name in toolsets.split(",") if name]
        )
    except PortcallError as error:
        complain(error)
        raise typer.Exit(BAD_USAGE) from None
    gc.freeze()
    gc.enable()
    try:
        asyncio.run(serve_stdio(server, pipes))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
