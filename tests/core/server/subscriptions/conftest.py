"""A registry whose tags move, and the replicas that watch it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.core.server.subscriptions.deployment import replica
from tests.testbed.redis import RedisServer

from portcall.testing import FakeRegistry, image, layer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.core.server.subscriptions.deployment import Replica


class MovingRegistry(FakeRegistry):
    """A registry with ``team/api:1.0``, which moves when told to."""

    moves = 0

    def move(self, tag: str = "1.0", repository: str = "team/api") -> None:
        """Let a tag name a new image."""
        self.moves += 1
        self.push(repository, image([layer({"file": f"{tag} {self.moves}"})]), tags=[tag])


@pytest.fixture
def registry() -> Iterator[MovingRegistry]:
    """A registry, served."""
    registry = MovingRegistry()
    registry.move()
    with registry.serve():
        yield registry


@pytest.fixture
async def alone(registry: MovingRegistry) -> AsyncIterator[Replica]:
    """A server that is the only one."""
    async with replica(registry.address.url) as one:
        yield one


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis that may be stopped: nobody else uses it."""
    with RedisServer(tmp_path) as server:
        yield server
