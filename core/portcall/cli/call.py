"""``portcall call``: any tool, exactly as an agent calls it."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portcall.cli.running import BAD_USAGE, ConfigOption, ask, refuse
from portcall.errors import InvalidArgumentError, PortcallError

if TYPE_CHECKING:
    from portcall.cli.progress import ShellProgress
    from portcall.gateway import Portcall
    from portcall.models import Answer
    from portcall.toolspec import ToolSpec


def add_to(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command()(call)


def _tool_names() -> list[str]:
    from portcall.loader import load_plugins
    from portcall.settings import load_settings
    from portcall.tools import TOOLS

    names = [tool.name for tool in TOOLS]
    with contextlib.suppress(PortcallError):  # what is wrong with the configuration is told when it is used
        names += [offer.spec.name for offer in load_plugins(load_settings()).tools]
    return names


def call(
    tool: Annotated[
        str, typer.Argument(metavar="TOOL", autocompletion=_tool_names, help="For example search_tags.")
    ],
    arguments: Annotated[list[str] | None, typer.Argument(metavar="KEY=VALUE", help="Or one JSON object.")] = None,
    config: ConfigOption = None,
) -> None:
    """Call one tool; its result goes to stdout as JSON. A key given twice makes a list."""
    from portcall.cli.output import print_json

    try:
        values = _read(arguments or [])
    except PortcallError as error:
        refuse(error, BAD_USAGE, as_json=True, names_tools=True)

    async def question(portcall: Portcall, progress: ShellProgress) -> Answer:
        return await _tool(tool, portcall, progress).run(portcall, values, progress)

    print_json(ask(config, question, as_json=True).model_dump(mode="json"))


def _tool(name: str, portcall: Portcall, progress: ShellProgress) -> ToolSpec:
    """Return a tool of the gateway's; a name that it does not know ends the program."""
    from portcall.tools import offered_tools, tool_named

    try:
        return tool_named(name, offered_tools(portcall))
    except InvalidArgumentError as error:
        # Here it is a person's own word, not a model's.
        error.message = f"there is no tool {name!r} here"
        progress.clear()
        refuse(error, BAD_USAGE, as_json=True, names_tools=True)


def _read(words: list[str]) -> dict[str, Any]:
    if len(words) == 1 and words[0].lstrip().startswith("{"):
        try:
            values: dict[str, Any] = json.loads(words[0])
        except ValueError as error:
            raise InvalidArgumentError(
                f"the arguments are no JSON: {error}", hint="Mend it, or write key=value."
            ) from None
        return values
    found: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise InvalidArgumentError(
                "an argument is not of the form key=value", hint="Write key=value, or one JSON object."
            )
        earlier = found.get(key)
        found[key] = value if key not in found else [*(earlier if isinstance(earlier, list) else [earlier]), value]
    return found
