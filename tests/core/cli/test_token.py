"""``portcall token``: a new token at the shell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.testbed.shell import Shell
from typer.testing import CliRunner

from portcall.auth.token_table import TokenTable
from portcall.cli.app import app

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def portcall(*arguments: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, arguments)


def test_the_token_is_all_that_goes_to_stdout_and_stderr_says_what_to_do_with_its_line(shell: Shell) -> None:
    done = shell.portcall("token", "ci")
    assert done.status == 0
    told = done.err.splitlines()
    assert "The token is not shown again" in told[0]
    assert "auth.tokens_file" in told[0]
    caller = TokenTable.parse(told[1], "").find(done.out.removesuffix("\n"))
    assert caller is not None
    assert (caller.name, caller.scopes) == ("ci", {"read"})
    assert done.out.strip() not in done.err


def test_write_includes_read_and_json_is_one_object_with_all_of_it() -> None:
    done = portcall("token", "ada@acme.example", "--scope", "write", "--json")
    told = json.loads(done.stdout)
    assert (told["name"], told["scopes"]) == ("ada@acme.example", ["read", "write"])
    assert (told["setting"], told["file"]) == ("auth.tokens_file", None)
    assert TokenTable.parse(told["line"], "").find(told["token"])
    assert done.stderr == ""


def test_the_line_is_added_to_a_file_and_a_taken_name_refused(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    done = portcall("token", "ci", "--append", str(path))
    assert TokenTable.read(path).find(done.stdout.strip())
    assert str(path) in done.stderr
    assert "sha256:" not in done.stderr
    again = portcall("token", "ci", "--append", str(path), "--json")
    assert again.exit_code == 1
    assert json.loads(again.stdout)["error"]["code"] == "invalid_argument"
    assert "has a token of that name" in again.stderr
    assert len(TokenTable.read(path).lines) == 1


@pytest.mark.parametrize("arguments", [["c i"], ["ci", "--scope", "admin"], []])
def test_bad_usage_is_status_2_and_makes_no_token(arguments: list[str]) -> None:
    done = portcall("token", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr


def test_help_says_what_to_do_with_it() -> None:
    told = " ".join(portcall("token", "--help").stdout.split())
    for words in ("Authorization: Bearer TOKEN", "auth.tokens_file", "It is shown once"):
        assert words in told


def test_on_a_terminal_the_token_and_its_line_both_stand(shell: Shell) -> None:
    done = shell.portcall_on_terminal("token", "ci")
    lines = done.out.split()
    assert sum(word.startswith("pc_") for word in lines) == 1
    assert sum(word.startswith("sha256:") for word in lines) == 1
