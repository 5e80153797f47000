"""A stream that nobody was given, or whose gateway is gone, holds no connection."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest
from tests.core.http.asking import PASSWORD, REPOSITORY, USER, bench
from tests.core.http.watching import Watched

from portcall.errors import UnreachableError
from portcall.http.upstream import Credentials
from portcall.oci.descriptor import Descriptor
from portcall.testing import BearerAuth, FakeRegistry, quirks, serve

pytestmark = pytest.mark.anyio

CONTENT = bytes(12 << 20)


class Helper:
    """A source of a password that fails when it is told that the password was refused."""

    name = "a helper"

    def held(self, repository: str) -> Credentials:
        return Credentials(USER, PASSWORD)

    async def obtain(self, repository: str) -> Credentials:
        return Credentials(USER, PASSWORD)

    def forget(self, repository: str, credentials: Credentials) -> None:
        raise OSError("the helper is gone")


def holding(*misbehaviour: quirks.Quirk, **fields: Any) -> tuple[Watched, FakeRegistry, Descriptor]:
    registry = FakeRegistry(quirks=misbehaviour, **fields)
    return Watched(registry), registry, Descriptor("", registry.push_blob(REPOSITORY, CONTENT), len(CONTENT))


async def test_what_fails_after_the_answer_has_begun_leaves_no_connection_open():
    app, registry, blob = holding(auth=BearerAuth({USER: "another password"}, public=[REPOSITORY]))
    with serve(app) as address:
        async with bench() as made:
            distribution = made.distribution(address, source=Helper())
            with pytest.raises(OSError, match="the helper is gone"):
                await distribution.open_blob(REPOSITORY, blob)
            assert [request.status for request in registry.asked("blob")] == [401, 200]
            await app.until_nobody_is_there()


async def test_a_stream_outlives_no_gateway():
    """Taken up again, it would go over a connection that nobody closes."""
    app, registry, blob = holding(quirks.Stall(after=70_000))
    with serve(app) as address:
        async with bench() as made:
            stream = await made.distribution(address).open_blob(REPOSITORY, blob)
            await anext(aiter(stream))
            await made.http.aclose()
            async with asyncio.timeout(2), stream:
                with pytest.raises(UnreachableError, match="was closed"):
                    b"".join([chunk async for chunk in stream])
            await app.until_nobody_is_there()
    assert registry.count("blob") == 1
    gc.collect()
