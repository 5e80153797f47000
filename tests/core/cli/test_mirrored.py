"""What a shell is told to do next is something that a shell can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from portcall.cli.app import app

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


def test_whoever_calls_tools_by_their_names_is_told_them():
    done = portcall("call", "list_tags")
    assert done.exit_code == 2
    assert "there is no tool 'list_tags' here" in done.stderr
    assert "search_tags" in done.stderr
    assert "portcall tags" not in done.stderr
