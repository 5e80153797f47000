"""Soaks run on asyncio, the one event loop that portcall runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.testbed.shell import Shell

if TYPE_CHECKING:
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
