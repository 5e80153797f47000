"""Every quirk does what its registry does: time and the line."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.core.testing_quirks.asking import (
    APP,
    BLOB,
    MANIFEST,
    asking,
)

from portcall.testing import quirks

if TYPE_CHECKING:
    pass


def test_latency():
    with asking(quirks.Latency(0.05)) as client:
        began = time.monotonic()
        assert client.get(MANIFEST).status_code == 200
        assert time.monotonic() - began >= 0.05


@pytest.mark.parametrize("after", [-1, 0, 5])
def test_stall(after: int):
    with asking(quirks.Stall(after)) as client:
        received: list[bytes] = []
        with pytest.raises(httpx.ReadTimeout), client.stream("GET", BLOB, timeout=0.3) as answer:
            received.extend(answer.iter_raw())
        assert b"".join(received) == APP.layers[0].blob[: max(after, 0)]


def test_dribble():
    with asking(quirks.Dribble(50, 0.001)) as client, client.stream("GET", BLOB) as answer:
        assert b"".join(answer.iter_raw()) == APP.layers[0].blob


def test_hang_up():
    with asking(quirks.HangUp(times=1)) as client:
        with pytest.raises(httpx.RemoteProtocolError, match="disconnected"):
            client.get(MANIFEST)
        assert client.get(MANIFEST).status_code == 200
