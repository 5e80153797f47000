"""One built-in plugin at a time, its registry played by a fake one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

from portcall import Portcall
from portcall.settings import Settings
from portcall.testing import FakeRegistry, image, index, layer

APP = image([layer({"srv/app": "app\n"})])
BOTH = index([APP, image([layer({"srv/app": "arm\n"})], platform="linux/arm64/v8")])


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@contextmanager
def playing(
    *repositories: str, tags: tuple[str, ...] = ("1.0", "latest"), **options: Any
) -> Iterator[FakeRegistry]:
    """Serve a registry that holds the same image in these repositories."""
    registry = FakeRegistry(**options)
    for repository in repositories:
        registry.push(repository, BOTH, tags=tags)
    with registry.serve():
        yield registry


@asynccontextmanager
async def knowing(prefix: str, registry: FakeRegistry, **entry: Any) -> AsyncIterator[Portcall]:
    """Yield a gateway for which the fake registry is at ``prefix``."""
    registries = {prefix: {"endpoint": registry.address.url, **entry}}
    settings = Settings.model_validate({"registries": registries, "network": {"proxy": "none", "timeout": 5}})
    async with Portcall(settings) as portcall:
        yield portcall


def asked(registry: FakeRegistry) -> list[str]:
    """Return what a registry was asked, in short: ``["GET tags?n=1000"]``."""
    return [
        f"{request.method} {request.kind}{f'?{request.query}' if request.query else ''}"
        for request in registry.requests
    ]
