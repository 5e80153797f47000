"""Fixtures of the tests that knock at the MCP door; imported by the ``conftest.py`` of each folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.agents.agent import connected, settings_for
from tests.agents.world import World

from portcall.testing import DEMO_HOST, FakeRegistry
from portcall.testing import demo_registry as make_demo_registry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.agents.agent import Agent


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as portcall does."""
    return "asyncio"


@pytest.fixture
def registries(tmp_path: Path) -> Iterator[World]:
    """The registries of the twenty tasks, served."""
    with World(tmp_path / "cache").serve() as world:
        yield world


@pytest.fixture
async def agent(registries: World) -> AsyncIterator[Agent]:
    """An agent whose server knows the registries of the twenty tasks, with nothing in its cache."""
    async with registries.agent() as one:
        yield one


@pytest.fixture(scope="module")
def demo() -> Iterator[FakeRegistry]:
    """The demo's registry, served; tests read only."""
    registry = make_demo_registry()
    with registry.serve():
        yield registry


@pytest.fixture
async def demo_agent(demo: FakeRegistry) -> AsyncIterator[Agent]:
    """An agent whose server knows the demo's registry."""
    async with connected(settings_for(demo.address, [DEMO_HOST])) as one:
        yield one


@pytest.fixture
def fake() -> Iterator[FakeRegistry]:
    """An empty registry, served."""
    registry = FakeRegistry()
    with registry.serve():
        yield registry


@pytest.fixture
async def fake_agent(fake: FakeRegistry) -> AsyncIterator[Agent]:
    """An agent whose server knows the registry ``fake`` as ``registry.example``."""
    async with connected(settings_for(fake.address, ["registry.example"])) as one:
        yield one
