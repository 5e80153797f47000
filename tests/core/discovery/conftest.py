"""A fake registry with one image, and a gateway that knows it by three names."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from portcall import Portcall
from portcall.settings import Settings
from portcall.testing import FakeRegistry, image, layer

HOSTS = ("registry.test", "one.example", "two.example")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    registry = FakeRegistry()
    registry.push("team/app", image([layer({"srv/app": "app\n"})]), tags=["1.0"])
    with registry.serve():
        yield registry


@pytest.fixture
async def pc(registry: FakeRegistry) -> AsyncIterator[Portcall]:
    entries: dict[str, Any] = {host: {"endpoint": registry.address.url} for host in HOSTS}
    settings = Settings.model_validate({"registries": entries, "network": {"proxy": "none", "timeout": 5}})
    async with Portcall(settings) as portcall:
        yield portcall
