"""What a shell is told to do next is something that a shell can do."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from typer.testing import CliRunner

from portcall.cli.app import app
from portcall.cli.drawings import drawn
from portcall.models import ErrorInfo, ImageCheck, ImageChecks

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


@pytest.fixture(autouse=True)
def _no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty.toml").touch()
    monkeypatch.setenv("PORTCALL_CONFIG", str(tmp_path / "empty.toml"))


def portcall(*arguments: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, arguments)


def test_a_next_step_names_the_command_that_asks_what_the_tool_asks():
    done = portcall("tags", "nginx@sha256:abc")
    assert done.exit_code == 1
    assert "portcall inspect tells an image's whole digest" in done.stderr
    assert "get_image_details" not in done.stderr


def test_in_json_it_is_as_agents_are_told_it():
    done = portcall("tags", "nginx@sha256:abc", "--json")
    assert "get_image_details" in done.stdout
    assert "portcall inspect" in done.stderr


def test_rows_that_failed_say_it_in_a_shells_words_too():
    error = ErrorInfo(code="not_found", message="there is no such tag", hint="search_tags lists all tags.")
    checks = ImageChecks(checks=(ImageCheck(image="nginx:1", exists=False, error=error),), ok=0, failed=1)
    drawing = io.StringIO()
    Console(file=drawing, width=200).print(drawn(checks))
    assert "portcall tags lists all tags" in drawing.getvalue()
    assert "search_tags" not in drawing.getvalue()


def test_whoever_calls_tools_by_their_names_is_told_them():
    done = portcall("call", "list_tags")
    assert done.exit_code == 2
    assert "there is no tool 'list_tags' here" in done.stderr
    assert "search_tags" in done.stderr
    assert "portcall tags" not in done.stderr


@pytest.mark.parametrize("words", [("list_tags",), ("search_tags", "nginx"), ("search_tags", "{")])
def test_a_call_that_is_wrong_in_itself_is_an_error_in_json_too(words: tuple[str, ...]):
    done = portcall("call", *words)
    assert done.exit_code == 2
    assert json.loads(done.stdout)["error"]["code"] == "invalid_argument"
    assert done.stderr.startswith("invalid_argument: ")


@pytest.mark.parametrize("command", ["check -f", "review"])
def test_a_file_that_cannot_be_read_is_an_error_with_a_next_step(command: str, tmp_path: Path):
    done = portcall(*command.split(), str(tmp_path / "nosuch"))
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith("invalid_argument: ")
    assert "nosuch cannot be read: No such file or directory. Name a text file, or - for stdin." in done.stderr


def test_it_is_one_in_json_where_that_is_wanted(tmp_path: Path):
    done = portcall("check", "--json", "-f", str(tmp_path / "nosuch"))
    assert json.loads(done.stdout)["error"]["code"] == "invalid_argument"
