"""A fake registry, served, and a gateway that knows it as ``registry.test``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from portcall import Portcall
from portcall.settings import Settings
from portcall.testing import FakeRegistry

HOST = "registry.test"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def settings_for(registries: dict[str, Any], **sections: Any) -> Settings:
    """Return settings with these registries; everything else is the default, and nothing this machine's."""
    network = {"proxy": "none", "timeout": 5} | sections.pop("network", {})
    return Settings.model_validate({"registries": registries, "network": network, **sections})


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    registry = FakeRegistry()
    with registry.serve():
        yield registry


@pytest.fixture
async def pc(registry: FakeRegistry) -> AsyncIterator[Portcall]:
    async with Portcall(settings_for({HOST: {"endpoint": registry.address.url}})) as portcall:
        yield portcall


def asked(registry: FakeRegistry) -> list[str]:
    """Return what a registry was asked, in short: ``["GET manifest", "GET blob"]``."""
    return [f"{request.method} {request.kind}" for request in registry.requests]


class Told:
    """Progress, written down."""

    def __init__(self) -> None:
        self.steps: list[tuple[float, float | None, str]] = []

    async def __call__(self, done: float, total: float | None, message: str) -> None:
        self.steps.append((done, total, message))
