"""``docs/reference/commands.md``: every command of the shell, with its help."""

from __future__ import annotations

import json
from enum import Enum
from typing import TYPE_CHECKING, Any

import typer.main
from tests.docs.reference.markdown import block, code, page, plain, prose, table

from portcall.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator

INTRODUCTION = """\
`portcall COMMAND --help` says the same at the shell, and `portcall --install-completion` completes commands,
options and names there. Into a pipe, answers are the Markdown that an agent reads; on a terminal they are
drawn; `--json` prints the typed answer. The [exit statuses](errors.md#exit-statuses) are 0, 1 and 2, and 130 for
what was interrupted."""


def commands(group: Any = None, above: str = "portcall") -> Iterator[tuple[str, Any]]:
    """Yield every command with its whole name, a group's own ones in its place."""
    group = typer.main.get_command(app) if group is None else group
    for name, command in group.commands.items():
        whole = f"{above} {name}"
        if hasattr(command, "commands"):
            yield from commands(command, whole)
        elif not command.hidden:
            yield whole, command


def undocumented(group: Any = None) -> list[str]:
    """Return the commands without a description, and the options and arguments without a help text."""
    missing: list[str] = []
    for name, command in commands(group):
        missing += [] if command.help else [name]
        missing += [f"{name} {each.name}" for each in _parameters(command) if not _help(each)]
    return missing


def commands_page() -> str:
    """Return the page."""
    rows = ([f"[`{name}`](#{_anchor(name)})", _first(command.help)] for name, command in commands())
    parts = [part for name, command in commands() for part in _one(name, command)]
    return page("Commands", INTRODUCTION, table(("command", "what it does"), rows), *parts)


def _one(name: str, command: Any) -> list[str]:
    usage = [name, *(_metavar(each) for each in command.params if each.param_type_name == "argument")]
    options = ["[OPTIONS]"] if any(each.param_type_name == "option" for each in command.params) else []
    return [
        f"## `{name}` {{ #{_anchor(name)} }}",
        prose(plain(command.help)),
        block(" ".join([*usage, *options])),
        table(("argument or option", "default", "meaning"), ([*_row(each)] for each in _parameters(command))),
    ]


def _row(parameter: Any) -> Iterator[str]:
    if parameter.param_type_name == "argument":
        yield code(_metavar(parameter))
    else:
        value = "" if parameter.is_flag else f" {_value_name(parameter)}"
        yield ", ".join(code(f"{each}{value}") for each in sorted(parameter.opts, key=len, reverse=True))
    default = parameter.default
    told = default not in (None, "", False, [], ()) and not callable(default)
    yield code(json.dumps(getattr(default, "value", default))) if told else ""
    yield _help(parameter)


def _parameters(command: Any) -> list[Any]:
    return [each for each in command.params if each.name != "help" and not each.hidden]


def _help(parameter: Any) -> str:
    text: str = getattr(parameter, "help", "") or ""
    return plain(text)


def _metavar(parameter: Any) -> str:
    name = parameter.metavar or parameter.name.upper()
    name = name if parameter.required else f"[{name}]"
    return f"{name}..." if parameter.nargs == -1 else name


def _value_name(parameter: Any) -> str:
    """Return what stands for an option's value: what it takes, or of which kind that is."""
    kind = parameter.type_descriptor.annotation
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "|".join(each.value for each in kind)
    return parameter.metavar or ("NUMBER" if kind is int else parameter.name.upper().replace("_", "-"))


def _first(text: str) -> str:
    return prose(plain(text)).split("\n\n", maxsplit=1)[0]


def _anchor(name: str) -> str:
    return name.replace(" ", "-")
