"""No error is a dead end: each names a next step, and whatever a step names is there."""

from __future__ import annotations

import inspect
import re
from functools import cache
from typing import TYPE_CHECKING

import click
import pytest
import typer.main
from pydantic import BaseModel
from tests.agents.sources import error_classes, errors_made, sentences

from portcall import errors
from portcall.cli.app import app
from portcall.cli.mirrored import COMMANDS, for_the_shell
from portcall.settings import Settings
from portcall.tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Kinds whose usual next step would help nobody: each of them has to bring its own.
_OWN_STEPS = {"PortcallError", "InvalidArgumentError", "ConfigurationError"}
#: Made to be caught, and told nobody: the layer is then read whole.
_NEVER_TOLD = {"RangesIgnoredError"}
#: Flags of Dockerfiles' instructions, and of the programs that run in them.
_OF_DOCKERFILES = ("core/portcall/documents/", "core/portcall/images/analysis/", "core/portcall/images/review/")
#: What goes on behind the name of the program, where that is no command: "portcall may write to it".
_VERBS = {"answers", "can", "locally", "may", "or", "speaks"}
#: What is meant to be written into a program or into another file than the configuration.
_ELSEWHERE = {
    "load_settings",
    "web_url",
    "next_cursor",
    "next_offset",
    "readme",
    "in_place",
    "on_platform",
    "to_target",
}


def usual_hint(kind: str) -> str:
    """Return the usual step of a kind of error; of a plugin's own, that of the one it is derived from."""
    while not hasattr(errors, kind):
        (kind,) = error_classes()[kind]
    hint: str = getattr(errors, kind).usual_hint
    return hint


def test_the_walk_finds_what_it_looks_for():
    assert {"NotFoundError", "BrokenConnectionError", "ConfigurationError"} <= error_classes().keys()
    assert len(errors_made()) > 250
    assert len(sentences()) > 300


def test_every_error_that_is_made_names_a_next_step():
    silent = [
        f"{made.where}: {made.kind}"
        for made in errors_made()
        if made.kind not in _NEVER_TOLD and not (usual_hint(made.kind) if made.hint is None else made.hint.strip())
    ]
    assert silent == []


def test_every_kind_of_error_has_a_usual_step_but_those_that_bring_their_own():
    silent = {
        name
        for name, cls in vars(errors).items()
        if inspect.isclass(cls) and issubclass(cls, errors.PortcallError) and not cls.usual_hint
    }
    assert silent == _OWN_STEPS
    assert errors.NotFoundError("gone").hint == errors.NotFoundError.usual_hint
    assert errors.NotFoundError("gone", hint="Look there.").hint == "Look there."


def test_a_next_step_is_one_sentence_or_two():
    long = [
        f"{made.where}: {made.hint}"
        for made in errors_made()
        if made.hint is not None and made.hint != "{}" and not _is_short(made.hint)
    ]
    assert long == []


def _is_short(hint: str) -> bool:
    # A command at the end has no full stop, so that it can be copied; of what is filled in, nobody knows here.
    is_ended = re.search(r"[.?…}]$|: [^.]+$", hint) is not None
    return is_ended and len(re.findall(r"(?<!e\.g)[.?…] (?=[A-Z])", hint)) <= 1 and len(hint) <= 220


@cache
def _settings_keys() -> dict[str, set[str]]:
    """Return the keys of each section of the configuration; those at its top under an empty name."""
    sections = {"": set(Settings.model_fields)}
    for name, field in Settings.model_fields.items():
        inner = field.annotation
        if name == "registries":
            inner = next(part for part in inner.__args__ if isinstance(part, type) and issubclass(part, BaseModel))
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            sections[name] = set(inner.model_fields)
    return sections


@cache
def _known_words() -> set[str]:
    """Return every name with an underscore that a next step may use."""
    arguments = {name for spec in TOOLS for name in spec.arguments.model_fields}
    keys = {key for section in _settings_keys().values() for key in section}
    return {spec.name for spec in TOOLS} | arguments | keys | _ELSEWHERE | {"invalid_argument"}


def _commands(group: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, group
    for name, command in getattr(group, "commands", {}).items():
        yield from _commands(command, (*path, name))


@cache
def _shell() -> tuple[set[str], set[str]]:
    """Return the commands, and the options of all of them."""
    found = dict(_commands(typer.main.get_command(app)))
    options = {option for command in found.values() for each in command.params for option in each.opts}
    return {path[0] for path in found if path}, options | {"--help"}


def test_every_name_in_a_sentence_is_a_tool_an_argument_or_a_setting():
    strange = [
        f"{said.where}: {word}"
        for said in sentences()
        for word in re.findall(r"(?<![\w./:@-])[a-z]+(?:_[a-z]+)+\b(?![/(:]|\.\w)", said.text)
        if word not in _known_words()
    ]
    assert strange == []


def test_every_setting_in_a_sentence_is_one_of_its_section():
    keys = _settings_keys()
    sections = "|".join(sorted(name for name in keys if name))
    strange = [
        f"{said.where}: {section}.{key}"
        for said in sentences()
        for section, key in re.findall(rf"(?<![\w./-])({sections})\.([a-z_]+)\b", said.text)
        if key not in keys[section]
    ]
    strange += [
        f"{said.where}: [{section}]"
        for said in sentences()
        for section in re.findall(r"\[([a-z_]+)[\].]", said.text)
        if section not in keys
    ]
    assert strange == []


def test_every_command_and_every_option_in_a_sentence_is_there():
    commands, options = _shell()
    strange = [
        f"{said.where}: portcall {word}"
        for said in sentences()
        for word in re.findall(r"\bportcall ([a-z-]+)", said.text)
        if word not in commands | _VERBS
    ]
    strange += [
        f"{said.where}: {option}"
        for said in sentences()
        if not said.where.startswith(_OF_DOCKERFILES)
        for option in re.findall(r"(?<!\w)--[a-z][a-z-]+", said.text)
        if option not in options
    ]
    assert strange == []


def test_every_tool_has_a_command_that_asks_the_same():
    commands, _ = _shell()
    assert COMMANDS.keys() == {spec.name for spec in TOOLS}
    for tool, command in COMMANDS.items():
        first, _, rest = command.partition(" ")
        assert first in commands
        if first == "call":
            assert rest == tool
        else:
            callback = dict(_commands(typer.main.get_command(app)))[(first,)].callback
            assert f"portcall.{tool}(" in inspect.getsource(inspect.getmodule(callback) or callback)


@pytest.mark.parametrize(
    ("hint", "told"),
    [
        ("search_tags lists all tags.", "portcall tags lists all tags."),
        ("Use order=version; get_image_details tells.", "Use --order version; portcall inspect tells."),
        ("list_registries with probe=true tells.", "portcall registries with --probe tells."),
        ("search_users finds those that there are.", "portcall call search_users finds those that there are."),
        ('Try registry="all".', "Try --registry all."),
        ("Set network.proxy, or my_search_tags_here.", "Set network.proxy, or my_search_tags_here."),
    ],
)
def test_a_next_step_is_told_in_the_shells_own_words(hint: str, told: str):
    assert for_the_shell(hint) == told
