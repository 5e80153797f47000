"""``portcall doctor``: what is set up, whether it works, and the next step where it does not."""

from __future__ import annotations

import logging
from typing import Annotated

import typer

from portcall.cli.running import BAD_USAGE, FAILED, ConfigOption, JsonOption, ask
from portcall.errors import ConfigurationError


def add_to(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command()(doctor)


def doctor(
    registry: Annotated[str, typer.Argument(metavar="REGISTRY", help="Ask only this one, listed or not.")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look at configuration, cache, plugins, logins and registries. Exit with 1 where one has a problem."""
    from portcall.cli.output import show
    from portcall.doctor import diagnose, misconfigured
    from portcall.settings import load_settings

    try:
        load_settings(config)
    except ConfigurationError as error:
        show(misconfigured(error), as_json=as_json)
        raise typer.Exit(BAD_USAGE) from None
    # What is wrong with a file of logins is told below, not on the way there.
    logging.getLogger("portcall.credentials").setLevel(logging.ERROR)
    answer = ask(config, lambda portcall, _: diagnose(portcall, registry), as_json=as_json)
    show(answer, as_json=as_json)
    if not answer.ok:
        raise typer.Exit(FAILED)
