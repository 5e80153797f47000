"""``portcall call``: any tool, exactly as an agent calls it."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from portcall.cli.running import BAD_USAGE, ConfigOption, ask, complain
from portcall.errors import InvalidArgumentError, PortcallError


def add_to(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command()(call)


def _tool_names() -> list[str]:
    from portcall.tools import TOOLS

    return [tool.name for tool in TOOLS]


def call(
    tool: Annotated[
        str, typer.Argument(metavar="TOOL", autocompletion=_tool_names, help="For example search_tags.")
    ],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Or one JSON object.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Call one tool; its result goes to stdout as JSON. A key given twice makes a list."""
    from portcall.cli.output import print_json
    from portcall.tools import tool_named

    try:
        spec = tool_named(tool)
        values = _read(arguments or [])
    except PortcallError as error:
        complain(error)
        raise typer.Exit(BAD_USAGE) from None
    answer = ask(config, lambda portcall, progress: spec.run(portcall, values, progress), as_json=True)
    print_json(answer.model_dump(mode="json"))


def _read(words: list[str]) -> dict[str, Any]:
    if len(words) == 1 and words[0].lstrip().startswith("{"):
        try:
            values: dict[str, Any] = json.loads(words[0])
        except ValueError as error:
            raise InvalidArgumentError(f"the arguments are no JSON: {error}") from None
        return values
    found: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise InvalidArgumentError("an argument is not of the form key=value", hint="Or give one JSON object.")
        earlier = found.get(key)
        found[key] = value if key not in found else [*(earlier if isinstance(earlier, list) else [earlier]), value]
    return found
