"""Both stores in turn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.core.state.keeping import Clock, pass_by_in

from portcall.state import open_state
from portcall.state.sqlite import SqliteState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.core.state.keeping import PassBy
    from tests.testbed.redis import RedisServer

    from portcall.state import StateStore


@pytest.fixture
def clock() -> Clock:
    """The time of a store in a file; Redis has its own."""
    return Clock()


@pytest.fixture(params=["sqlite", "redis"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where each store is, in turn; nothing is in it."""
    if request.param == "sqlite":
        return f"sqlite://{tmp_path}/state/portcall.db"
    server: RedisServer = request.getfixturevalue("redis_server")
    return server.url


@pytest.fixture
async def store(url: str, clock: Clock) -> AsyncIterator[StateStore]:
    """Each store, in turn."""
    path = url.removeprefix("sqlite://")
    opened = open_state(url) if path == url else SqliteState(Path(path), clock=clock)
    yield opened
    await opened.aclose()


@pytest.fixture
def pass_by(url: str, clock: Clock) -> PassBy:
    """Lets seconds pass, for all that is in the store."""

    def move(seconds: float) -> None:
        if url.startswith("redis"):
            pass_by_in(url, seconds)
        else:
            clock.ahead += seconds

    return move
