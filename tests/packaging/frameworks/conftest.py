"""What the examples of agent frameworks are run against: portcall as it is installed from its wheel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def portcall_from_wheel(installed: Path) -> Path:
    """The ``portcall`` program of a virtual environment that holds the wheel, and what it depends on."""
    return installed / "portcall"
