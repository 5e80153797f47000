"""Running one question at the shell: configuration, gateway, progress, errors, exit status."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

from portcall.errors import ConfigurationError, PortcallError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from portcall.cli.progress import ShellProgress
    from portcall.gateway import Portcall
    from portcall.settings import Settings

Result = TypeVar("Result")

#: Exit statuses: a tool answered with an error; bad usage, configuration included.
FAILED = 1
BAD_USAGE = 2

ConfigOption = Annotated[
    str | None, typer.Option("--config", metavar="FILE", help="Configuration file, instead of the usual one.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Plain JSON on stdout.")]


def settings_or_exit(config: str | None, *, log_level: str | None = None) -> Settings:
    """Return the configuration; a broken one ends the program with status 2.

    Args:
        config: The file, if one was named.
        log_level: What to show of portcall's own events: an operator also wants to know whose plugins are
            loaded; whoever asks one question wants warnings alone.
    """
    from portcall.logs import configure_logging, show_own_events
    from portcall.settings import load_settings

    configure_logging()
    if log_level is not None:
        show_own_events(log_level)
    try:
        return load_settings(config)
    except ConfigurationError as error:
        complain(error)
        raise typer.Exit(BAD_USAGE) from None


def gateway_or_exit(config: str | None, *, log_level: str | None = None, allow_write: bool = False) -> Portcall:
    """Return a gateway for the person at this machine; a broken configuration ends the program."""
    from portcall.gateway import Portcall

    settings = settings_or_exit(config, log_level=log_level)
    if allow_write:
        settings = settings.serving(allow_write=True)
    try:
        return Portcall(settings)
    except ConfigurationError as error:
        complain(error)
        raise typer.Exit(BAD_USAGE) from None


def ask(
    config: str | None, question: Callable[[Portcall, ShellProgress], Awaitable[Result]], *, as_json: bool = False
) -> Result:
    """Return the answer to ``question``; an error is told on stderr (and as JSON), and ends the program."""
    from portcall.cli.progress import progress_bar

    portcall = gateway_or_exit(config)

    async def run() -> Result:
        with progress_bar() as progress:
            async with portcall:
                return await question(portcall, progress)

    try:
        return asyncio.run(run())
    except PortcallError as error:
        refuse(error, FAILED, as_json=as_json)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def refuse(error: PortcallError, status: int, *, as_json: bool = False, names_tools: bool = False) -> NoReturn:
    """Tell an error on stderr, and with ``as_json`` on stdout as well; it ends the program.

    Args:
        error: What went wrong.
        status: What the program ends with.
        as_json: Whether stdout is for JSON.
        names_tools: As :func:`complain` takes it.
    """
    if as_json:
        from portcall.cli.output import print_json
        from portcall.models import ErrorInfo

        print_json({"error": ErrorInfo.of(error).model_dump(mode="json")})
    # On one terminal both would say the same twice.
    if not (as_json and sys.stdout.isatty()):
        complain(error, names_tools=names_tools)
    raise typer.Exit(status) from None


def tell_notes(warnings: Iterable[str]) -> None:
    """Tell an answer's warnings on stderr, where stdout is for what was asked for alone."""
    from portcall.cli.mirrored import for_the_shell
    from portcall.render.untrusted import plain_line

    for warning in warnings:
        sys.stderr.write(f"note: {for_the_shell(plain_line(warning))}.\n")


def complain(error: PortcallError, *, names_tools: bool = False) -> None:
    """Tell an error on stderr, in colour on a terminal.

    Args:
        error: What went wrong.
        names_tools: Whether tools are what it is about; otherwise they are told as commands that ask the same.
    """
    from rich.console import Console
    from rich.text import Text

    from portcall.cli.mirrored import for_the_shell
    from portcall.models import ErrorInfo
    from portcall.render import render

    info = ErrorInfo.of(error)
    if not names_tools:
        info = info.model_copy(update={"hint": for_the_shell(info.hint)})
    code, _, rest = render(info).partition(": ")
    text = Text.assemble((code, "bold red"), ": ", rest)
    Console(file=sys.stderr, soft_wrap=True, highlight=False).print(text)
