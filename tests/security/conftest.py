"""What every security test has: an internet of its own, and a watch over its secrets."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from tests.security.internet import Internet
from tests.security.watch import Watch

from portcall.testing import RecordingServer


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    """The network as portcall sees it, written down."""
    made = Internet()
    made.install(monkeypatch)
    return made


@pytest.fixture(autouse=True)
def watch(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[Watch]:
    """After each test, answers, errors, logs and output are searched for its secrets."""
    caplog.set_level(logging.DEBUG)
    made = Watch()
    yield made
    records = [record for when in ("setup", "call", "teardown") for record in caplog.get_records(when)]
    printed = capfd.readouterr()
    assert made.leaks(records, printed.out + printed.err) == []


@pytest.fixture
def attacker() -> Iterator[RecordingServer]:
    """A server that takes whatever is sent to it, and writes it down."""
    server = RecordingServer(body=b'{"token": "a-token-of-the-attackers", "name": "x", "tags": ["evil"]}')
    with server.serve():
        yield server
