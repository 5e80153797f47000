"""The registries that bases are in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from tests.core.images.base.bases import World
from tests.core.images.conftest import HOST, settings_for

from portcall import Portcall
from portcall.testing import (
    FakeRegistry,
)


@pytest.fixture
def hub() -> Iterator[FakeRegistry]:
    registry = FakeRegistry()
    with registry.serve():
        yield registry


@pytest.fixture
async def world(registry: FakeRegistry, hub: FakeRegistry) -> AsyncIterator[World]:
    known = {HOST: {"endpoint": registry.address.url}, "docker.io": {"endpoint": hub.address.url}}
    async with Portcall(settings_for(known)) as pc:
        yield World(pc, registry, hub)
