"""``portcall token``: a new token for whoever uses the server over HTTP."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from portcall.cli.running import BAD_USAGE, FAILED, JsonOption, refuse
from portcall.errors import InvalidArgumentError, PortcallError

if TYPE_CHECKING:
    from portcall.auth.minting import MintedToken
    from portcall.caller import Scope


class ScopeChoice(StrEnum):
    """What a token is good for."""

    READ = "read"
    WRITE = "write"


def add_to(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command()(token)


def token(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who it is for, as the log will call them.")],
    scope: Annotated[
        list[ScopeChoice] | None,
        typer.Option(help="What it is good for: read, as by default, or write, which includes read."),
    ] = None,
    append: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Add its line to this tokens file, which is made where there is none."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token for the HTTP server's mode "token". It is shown once.

    The token goes to stdout: whoever it is for sends it as
    "Authorization: Bearer TOKEN". What the server has to know of it, its hash,
    is a line for the file that auth.tokens_file names; the line goes to stderr,
    or into the file with --append. A running server reads the file again.
    """
    from portcall.auth.minting import append as append_line
    from portcall.auth.minting import mint

    try:
        minted = mint(name, _scopes(scope or []))
    except InvalidArgumentError as error:
        refuse(error, BAD_USAGE, as_json=as_json)
    try:
        if append is not None:
            append_line(minted.line, append)
    except PortcallError as error:
        refuse(error, FAILED, as_json=as_json)
    if as_json:
        _print_as_json(minted, append)
        return
    sys.stdout.write(f"{minted.token}\n")
    sys.stdout.flush()
    sys.stderr.write(_told(minted, append))


def _scopes(chosen: list[ScopeChoice]) -> list[Scope]:
    return ["read", "write"] if ScopeChoice.WRITE in chosen else ["read"]


def _told(minted: MintedToken, file: str | None) -> str:
    name = minted.line.name
    if file is not None:
        return (
            f"The token is not shown again. {file}, which auth.tokens_file has to name, has its hash, as {name}.\n"
        )
    return (
        "The token is not shown again. To let it in, append this line to the file that auth.tokens_file names:\n"
        f"{minted.line}\n"
    )


def _print_as_json(minted: MintedToken, file: str | None) -> None:
    from portcall.caller import SCOPES
    from portcall.cli.output import print_json

    line = minted.line
    print_json(
        {
            "name": line.name,
            "scopes": [scope for scope in SCOPES if scope in line.scopes],
            "token": minted.token,
            "line": str(line),
            "setting": "auth.tokens_file",
            "file": file,
        }
    )
