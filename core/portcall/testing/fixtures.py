"""Fixtures for pytest: ``pytest_plugins = ["portcall.testing.fixtures"]`` in the root ``conftest.py``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from portcall.testing.catalog import demo_registry as make_demo_registry
from portcall.testing.recording import RecordingServer
from portcall.testing.registry import FakeRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator

if "portcall.testing.contract" not in sys.modules:
    # A plugin author wants to see the values when the contract suite fails.
    pytest.register_assert_rewrite("portcall.testing.contract")


@pytest.fixture
def fake_registry() -> Iterator[FakeRegistry]:
    """An empty :class:`portcall.testing.FakeRegistry`, served; ``fake_registry.address`` says where."""
    registry = FakeRegistry()
    with registry.serve():
        yield registry


@pytest.fixture
def demo_registry() -> Iterator[FakeRegistry]:
    """The demo's registry with all its images, served."""
    registry = make_demo_registry()
    with registry.serve():
        yield registry


@pytest.fixture
def recording_server() -> Iterator[RecordingServer]:
    """A :class:`portcall.testing.RecordingServer`, served, to which nothing secret may ever be sent."""
    server = RecordingServer()
    with server.serve():
        yield server
