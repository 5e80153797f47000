"""Soaks run on asyncio, the one event loop that portcall runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.testbed.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Runs ``portcall`` as a child process, with an empty home folder."""
    home = tmp_path / "home"
    home.mkdir()
    return Shell(home)


@pytest.fixture
def say(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Prints a report: at once where the soak is a long one, else where somebody wants to see it."""

    def show(text: str) -> None:
        writer = request.config.get_terminal_writer()
        if request.node.get_closest_marker("slow"):
            with capsys.disabled():
                writer.line(f"\n{text}")
        else:
            request.node.add_report_section("call", "soak", text)

    return show
