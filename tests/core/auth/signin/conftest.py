"""A server that signs people in, on loopback, before Docker Hub's double."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from tests.core.auth.signin.bed import Bed, HubOverHttp, serving
from tests.doubles.dockerhub import Clock, DockerHubDouble

from portcall.seal import Seal
from portcall.state.lane import Lane
from portcall.state.sqlite import SqliteState

KEY = b"k" * 32

_Result = TypeVar("_Result")


class _AtHand(Lane):
    """Does at once what blocks, and lets all others have their turn before and after: a thread a call is dear."""

    async def run(self, work: Callable[[], _Result]) -> _Result:
        await asyncio.sleep(0)
        result = work()
        await asyncio.sleep(0)
        return result


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def hub_of_all_tests() -> Iterator[DockerHubDouble]:
    hub = DockerHubDouble()
    with hub.serve():
        yield hub


@pytest.fixture
def hub(hub_of_all_tests: DockerHubDouble) -> Iterator[DockerHubDouble]:
    """Docker Hub, where ``ada`` has an account; what it was asked in this test alone."""
    hub_of_all_tests.forget()
    hub_of_all_tests.mend()
    users = dict(hub_of_all_tests.accounts.users)
    yield hub_of_all_tests
    hub_of_all_tests.accounts.users = users


@pytest.fixture
def clock() -> Clock:
    """The time of the store and of the provider; the SDK looks at the real one."""
    return Clock(time.time())


@pytest.fixture
async def bed(hub: DockerHubDouble, clock: Clock, tmp_path: Path) -> AsyncIterator[Bed]:
    """A server of which everything may be allowed."""
    store = SqliteState(tmp_path / "state.db", clock=clock)
    for access in (store._reading, store._writing):
        access._lane = _AtHand("state", 0)
    accounts = HubOverHttp(hub.places.api)
    async with serving(store, Seal(KEY), accounts, clock=clock, scopes=("read", "write")) as bed:
        yield bed
    await store.aclose()
