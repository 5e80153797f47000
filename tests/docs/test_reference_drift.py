"""Whatever the code offers says what it is: what does not is found here, before the documentation has a gap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, get_args

import pytest
import typer
import typer.main
from pydantic import Field
from tests.docs.reference import commands, configuration, errors, hooks, plugin_api, resources, tools
from tests.docs.reference.fields import unused_meanings

from portcall.errors import ErrorCode, PortcallError
from portcall.models import Answer
from portcall.settings import Settings
from portcall.settings.environment import overlay
from portcall.settings.section import Section
from portcall.toolspec import ToolSpec

#: What the code offers, and how to list what of it is not documented.
KINDS: dict[str, Callable[[], list[str]]] = {
    "commands": commands.undocumented,
    "errors": errors.undocumented,
    "hooks": hooks.undocumented,
    "public names": plugin_api.undocumented,
    "settings": configuration.undocumented,
    "tools": tools.undocumented,
}


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_undocumented(kind: str):
    assert KINDS[kind]() == []


@pytest.mark.anyio
async def test_no_resource_or_prompt_is_undocumented():
    told = await resources.offered()
    assert resources.undocumented(told) == []
    assert {prompt.name for prompt in told.prompts} == set(resources.FILLED)


# That such a gap is seen


class _Quiet(Section):
    """``[quiet]``: a section."""

    told: str = ""
    """What this one means."""
    untold: int = 1


class _MuteError(PortcallError):
    pass


class _Row(Answer):
    """An answer."""

    mystery: int = 0


async def _unsaid(self: object, photo: str, limit: Annotated[int, Field(description="Most rows")] = 5) -> _Row:
    """Return a row."""
    raise NotImplementedError


def _bare_hook(settings: Settings) -> None:
    """Do something.

    Example:
        nothing

    Returns:
        Nothing.
    """


def test_a_setting_without_a_meaning_is_found():
    assert configuration.undocumented(_Quiet) == ["_Quiet.untold"]


def test_an_error_without_a_docstring_is_found():
    assert errors.undocumented([_MuteError]) == ["_MuteError"]


def test_a_code_without_a_next_step_is_found(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(errors.NEXT, "blocked")
    assert errors.undocumented() == ["blocked"]


def test_an_argument_and_a_field_without_a_meaning_are_found():
    spec = ToolSpec("unsaid", "Unsaid", "A tool.", "inspect", _unsaid)
    assert tools.undocumented([spec]) == ["unsaid(photo)", "_Row.mystery"]


def test_a_tool_without_a_description_is_found():
    spec = ToolSpec("bare", "Bare", "", "inspect", tools.TOOLS[0].method)
    assert tools.undocumented([spec]) == ["bare"]


def test_a_hooks_argument_without_a_meaning_is_found():
    assert hooks.undocumented({"portcall_bare": _bare_hook}) == ["portcall_bare(settings)"]


def test_a_hook_without_a_docstring_is_found():
    def portcall_mute() -> None: ...

    assert hooks.undocumented({"portcall_mute": portcall_mute}) == ["portcall_mute"]


def test_a_command_and_an_option_without_help_are_found():
    app = typer.Typer()

    @app.command()
    def bare(loud: Annotated[bool, typer.Option("--loud")] = False) -> None: ...

    @app.command()
    def other() -> None:
        """Do another thing."""

    assert commands.undocumented(typer.main.get_command(app)) == ["portcall bare", "portcall bare loud"]


def test_a_public_name_without_a_word_is_found(monkeypatch: pytest.MonkeyPatch):
    import portcall.plugin

    monkeypatch.setattr(portcall.plugin, "whatever", object(), raising=False)
    monkeypatch.setattr(portcall.plugin, "__all__", [*portcall.plugin.__all__, "whatever"])
    assert plugin_api.undocumented(["portcall.plugin"]) == ["portcall.plugin.whatever"]


# That what is told is so


def test_meanings_are_of_fields_and_arguments_that_there_are():
    fields = {f"{model.__name__}.{name}" for model in tools.models() for name in model.model_fields}
    arguments = {f"{spec.name}.{name}" for spec in tools.TOOLS for name in spec.arguments.model_fields}
    assert unused_meanings(fields, arguments) == []


@pytest.mark.parametrize(("section", "key", "variable"), [*configuration.variables()], ids=str)
def test_the_variable_of_a_key_sets_that_key(section: str, key: str, variable: str):
    data: dict[str, Any] = {}
    overlay(data, {variable: "7"})
    assert key in (data[section] if section else data)


def test_every_code_has_an_example_but_for_those_that_take_a_broken_plugin():
    assert set(get_args(ErrorCode)) - errors.SCENES.keys() == {"read_only", "internal"}


def test_every_toolset_is_told_of():
    assert set(tools.TOOLSETS) == {spec.toolset for spec in tools.TOOLS}
