"""``portcall serve``: the MCP server."""

from __future__ import annotations

import gc
from enum import StrEnum
from typing import Annotated

import typer

from portcall.cli.running import BAD_USAGE, ConfigOption, complain, gateway_or_exit, settings_or_exit
from portcall.errors import InvalidArgumentError, PortcallError

#: Those that there are; what names them would cost every command the time to load the tools.
TOOLSETS = "discovery, inspect, content, dockerfile, supply-chain, plugins"
_HTTP_ONLY = "with --transport http"


class Transport(StrEnum):
    """How clients reach the server."""

    STDIO = "stdio"
    HTTP = "http"


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
    transport: Annotated[Transport, typer.Option(help="stdio, as MCP hosts start it; http, for a team.")] = (
        Transport.STDIO
    ),
    host: Annotated[str, typer.Option(metavar="HOST", help=f"Where to listen, {_HTTP_ONLY}.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="NUMBER", min=0, max=65535, help=f"0 takes a free one; {_HTTP_ONLY}.")
    ] = 8000,
    workers: Annotated[int, typer.Option(metavar="NUMBER", min=1, max=64, help=f"Processes, {_HTTP_ONLY}.")] = 1,
    toolsets: Annotated[str, typer.Option(metavar="NAME,NAME", help=f"Offer these tools only: {TOOLSETS}.")] = "",
    allow_write: Annotated[bool, typer.Option("--allow-write", help="Offer tools that change something.")] = False,
    allow_unauthenticated: Annotated[
        bool,
        typer.Option("--allow-unauthenticated", help="Let everybody in who can reach --host, without a token."),
    ] = False,
    log_level: Annotated[
        LogLevel | None,
        typer.Option(
            help="info (usual over http): a line for each call and request; debug: each upstream request, too."
        ),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Serve MCP. Over stdio nothing else goes to stdout; the log is on stderr.

    Over http it listens beyond this machine only where callers have to say who they are ([auth] mode, or
    PORTCALL_AUTH_TOKEN), and answers to the names in [server] public_url and allowed_hosts.
    """
    names = tuple(name.strip() for name in toolsets.split(",") if name.strip())
    try:
        if transport is Transport.STDIO and workers > 1:
            raise InvalidArgumentError("--workers has no effect on stdio", hint="Add --transport http.")
        if transport is Transport.STDIO:
            _serve_stdio(config, names, log_level or LogLevel.WARNING, allow_write=allow_write)
            return
        from portcall.server.asgi.launch import Launch

        launch = Launch(
            config,
            names,
            log_level=(log_level or LogLevel.INFO).value,
            allow_write=allow_write,
            allow_unauthenticated=allow_unauthenticated,
        )
        settings_or_exit(config, log_level=launch.log_level)
        status = launch.serve(host, port, workers)
    except PortcallError as error:
        complain(error)
        raise typer.Exit(BAD_USAGE) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    raise typer.Exit(status)


def _serve_stdio(config: str | None, toolsets: tuple[str, ...], log_level: LogLevel, *, allow_write: bool) -> None:
    # What is imported now stays for ever: no collection need look at it, neither now nor at the end.
    gc.disable()
    import asyncio

    from portcall.server.here import server_here
    from portcall.server.stdio import claim_pipes, serve_stdio
    from portcall.telemetry import configure_telemetry

    pipes = claim_pipes()
    portcall = gateway_or_exit(config, log_level=log_level, allow_write=allow_write)
    server, listening = server_here(portcall, toolsets)
    telemetry = configure_telemetry()
    gc.freeze()
    gc.enable()

    async def serving() -> None:
        async with listening:
            await serve_stdio(server, pipes)

    try:
        asyncio.run(serving())
    finally:
        if telemetry:
            telemetry.close()
