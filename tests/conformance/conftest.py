"""The suite, installed once, and the servers that it is run against."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.conformance.serving import served
from tests.conformance.suite import HERE, Suite
from tests.testbed.node import NodePackages, installed
from tests.testbed.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def packages() -> NodePackages:
    """The suite and its Node."""
    return installed(HERE)


@pytest.fixture
def suite(packages: NodePackages, tmp_path: Path) -> Suite:
    """The suite, with a folder of its own for what it finds."""
    return Suite(packages, tmp_path / "results")


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Starts a server and returns its address: ``serve(FIXTURE)``."""
    shell = Shell(tmp_path)
    with ExitStack() as running:
        yield lambda command: running.enter_context(
            served(command, tmp_path, shell.environment(PYTHONPATH=str(_ROOT)))
        )
