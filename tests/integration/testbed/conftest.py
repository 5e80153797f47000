"""HTTP clients that ask the test bed without any help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from tests.testbed.raw import ACCEPT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.testbed.fault_proxy import FaultProxy
    from tests.testbed.registry import RealRegistry


@pytest.fixture
def plain(plain_registry: RealRegistry) -> Iterator[httpx.Client]:
    """An HTTP client that asks ``plain_registry`` without any help."""
    with httpx.Client(base_url=plain_registry.url, trust_env=False) as client:
        yield client


@pytest.fixture
def through(fault_proxy: FaultProxy) -> Iterator[httpx.Client]:
    """An HTTP client that asks ``fault_proxy``."""
    with httpx.Client(base_url=fault_proxy.url, headers=ACCEPT, trust_env=False) as client:
        yield client
