"""Async tests here run on asyncio, as servers do."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
