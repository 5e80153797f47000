"""One pass over a layer for the sake of one file: left early where that saves much, else read to its end."""

from __future__ import annotations

import asyncio
import random

import pytest
from tests.core.http.watching import Watched
from tests.core.images.layers.conftest import Push
from tests.core.images.layers.desk import REPOSITORY, Seeking, desk, until_nobody_reads

from portcall.errors import PortcallError
from portcall.testing import FakeRegistry, image, layer, quirks, serve

pytestmark = pytest.mark.anyio

#: A file at the beginning, and so much behind it that nobody wants to read.
LARGE = layer({"etc/motd": "hello\n", "srv/noise": random.Random(7).randbytes(12 << 20)}, compression="none")
SMALL = layer({"etc/motd": "hello\n", "srv/noise": random.Random(8).randbytes(500_000)})


async def test_a_large_layer_is_left_where_the_file_was_found():
    registry = FakeRegistry()
    registry.push(REPOSITORY, image([LARGE]), tags=["1"])
    app = Watched(registry)
    with serve(app) as address:
        async with desk(address) as made:
            picture, reader = await made.reader()
            found = await reader.scan(picture.layers[0], Seeking("etc/motd"))
            await app.until_nobody_is_there()
            assert [*found.kept.values()] == [b"hello\n"]
            assert (found.is_whole, found.index.verified, reader.verified) == (False, False, False)
            assert 0 < reader.bytes_fetched < LARGE.size
            # What nobody vouches for is not kept.
            assert await reader.known(picture.layers[0]) is None
    await until_nobody_reads()


async def test_a_small_rest_is_read_for_the_digests_sake_and_the_layer_is_known_from_then_on(
    registry: FakeRegistry, push: Push
):
    push(SMALL)
    async with desk(registry.address) as made:
        picture, reader = await made.reader()
        found = await reader.scan(picture.layers[0], Seeking("etc/motd"))
        assert (found.is_whole, found.index.verified, reader.verified) == (True, True, True)
        assert await reader.known(picture.layers[0]) is not None
        assert await (await made.reader())[1].known(picture.layers[0]) is not None


async def test_a_line_that_falls_silent_keeps_nobody_waiting_who_has_what_he_wants(
    registry: FakeRegistry, push: Push
):
    push(LARGE)
    async with desk(registry.address) as made:
        picture, reader = await made.reader()
        registry.add(quirks.Stall(after=100_000))
        async with asyncio.timeout(5):
            found = await reader.scan(picture.layers[0], Seeking("etc/motd"))
    assert [*found.kept.values()] == [b"hello\n"]


async def test_wrong_bytes_are_told_as_such_whatever_they_look_like(registry: FakeRegistry, push: Push):
    """A lookout that is satisfied long before does not change it, as long as the end is near."""
    push(SMALL)
    registry.add(quirks.FlippedBit(path=SMALL.digest))
    async with desk(registry.address) as made:
        picture, reader = await made.reader()
        with pytest.raises(PortcallError) as raised:
            await reader.scan(picture.layers[0], Seeking("etc/motd"))
        assert raised.value.code == "digest_mismatch"
        assert await reader.known(picture.layers[0]) is None
