"""What ``--help`` prints is all that is written for it, and what the page of the commands says."""

from __future__ import annotations

from typing import Any

import pytest
from tests.docs.reference.commands import commands
from typer.testing import CliRunner

from portcall.cli.app import app

COMMANDS = dict(commands())


def helped(name: str, width: int = 80) -> str:
    """Return what a command prints for ``--help``, without blanks: wherever its lines end."""
    words = name.split()[1:]
    done = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": str(width)}, prog_name="portcall")
    assert done.exit_code == 0, done.output
    return unspaced(done.stdout)


def unspaced(text: str) -> str:
    return "".join(text.split())


def written_for(command: Any) -> list[str]:
    """Return the texts that somebody wrote for a command's help."""
    options = [each for each in command.params if each.param_type_name == "option"]
    values = [f"{max(each.opts, key=len)} {each.metavar}" for each in options if each.metavar]
    return [command.help, *(each.help for each in command.params if getattr(each, "help", None)), *values]


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_that_is_written_for_it_is_lost(name: str):
    """Brackets, for one, are markup to some who print them."""
    printed = helped(name)
    assert [text for text in written_for(COMMANDS[name]) if unspaced(text) not in printed] == []


def test_a_section_of_the_configuration_stands_in_its_brackets():
    assert "([auth]mode,orPORTCALL_AUTH_TOKEN)" in helped("portcall serve")


def test_what_may_be_left_out_is_in_brackets_once():
    assert "portcallreview[OPTIONS][FILE]" in helped("portcall review")


def test_the_list_of_commands_cuts_no_sentence():
    listed = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "80"}, prog_name="portcall").stdout
    assert "..." not in listed.partition("Commands:")[2]
