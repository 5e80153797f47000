"""Asynchronous tests run on asyncio, the one event loop that portcall runs on."""

from __future__ import annotations

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
