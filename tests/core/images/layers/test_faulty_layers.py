"""Registries that send something else, or not all of it, or not in time: it is not believed, nothing is left."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest
from tests.core.http.watching import Watched
from tests.core.images.layers.conftest import Push
from tests.core.images.layers.desk import REPOSITORY, desk, readers_at_work, until_nobody_reads

from portcall.backend import RegistryBackend
from portcall.deadline import deadline
from portcall.digest import digest_of
from portcall.errors import (
    DeadlineExceededError,
    DigestMismatchError,
    TooLargeError,
    UnreachableError,
    UpstreamError,
)
from portcall.http.stream import BlobStream
from portcall.images.layers.scanning import UnreadableLayerError
from portcall.images.opened import OpenedLayer
from portcall.oci.descriptor import Descriptor
from portcall.testing import FakeRegistry, Layer, image, layer, quirks, serve

pytestmark = pytest.mark.anyio

NOISE = random.Random(3).randbytes(300_000)
PACKED = layer({"etc/motd": "hello\n", "srv/noise": NOISE})
PLAIN = layer({"srv/noise": NOISE}, compression="none")


@pytest.mark.parametrize("offset", [None, 0, 9, -1], ids=["within", "magic", "header", "end"])
@pytest.mark.parametrize("packed", [PACKED, PLAIN], ids=["gzip", "plain"])
async def test_other_bytes_are_a_wrong_digest_however_the_scan_ended(
    registry: FakeRegistry, push: Push, packed: Layer, offset: int | None
):
    push(packed)
    registry.add(quirks.FlippedBit(offset=offset, path=packed.digest))
    async with desk(registry.address) as made:
        picture, reader = await made.reader()
        with pytest.raises(DigestMismatchError, match="is not what its digest"):
            await reader.index(picture.layers[0])
        with pytest.raises(DigestMismatchError):
            await reader.indexes()
        assert await reader.known(picture.layers[0]) is None
    await until_nobody_reads()


async def test_a_digest_is_checked_by_its_own_algorithm(registry: FakeRegistry, push: Push):
    push(PACKED, algorithm="sha512")
    async with desk(registry.address) as made:
        picture, reader = await made.reader()
        assert picture.layers[0].digest.startswith("sha512:")
        assert (await reader.index(picture.layers[0])).verified
        registry.add(quirks.FlippedBit(offset=500, path="blobs"))
        lying = replace(
            picture.layers[0], descriptor=replace(picture.layers[0].descriptor, annotations={"a": "b"})
        )
        made.http.forget(await made.shelf.name(picture, lying))
        with pytest.raises(DigestMismatchError):
            await made.shelf.reader(picture, None).index(lying)


@pytest.mark.parametrize("more", [-1, 1])
async def test_a_manifest_and_a_registry_that_disagree_on_a_size_are_not_believed(
    registry: FakeRegistry, push: Push, more: int
):
    push(PACKED)
    async with desk(registry.address) as made:
        picture, reader = await made.reader()
        with pytest.raises(UpstreamError, match="where the manifest says") as raised:
            await reader.index(of_size(picture.layers[0], PACKED.size + more))
    assert not isinstance(raised.value, UnreadableLayerError)


async def test_a_line_that_breaks_is_taken_up_and_the_digest_holds(registry: FakeRegistry, push: Push):
    push(PACKED)
    registry.add(quirks.CutBody(after=100_000, times=1, path=PACKED.digest))
    async with desk(registry.address) as made:
        picture, reader = await made.reader()
        assert (await reader.index(picture.layers[0])).verified
        assert reader.bytes_fetched == PACKED.size


async def test_what_is_fetched_twice_counts_twice(registry: FakeRegistry, push: Push):
    push(PACKED)
    registry.add(quirks.RangeIgnored(), quirks.CutBody(after=100_000, times=1, path=PACKED.digest))
    async with desk(registry.address) as made:
        picture, reader = await made.reader()
        await reader.index(picture.layers[0])
        assert reader.bytes_fetched == PACKED.size + 100_000


# Time


async def test_the_deadline_holds_for_a_layer_that_dribbles_and_nothing_is_left_behind():
    registry = FakeRegistry(quirks=[quirks.Dribble(slice=300, pause=0.005, path="blobs")])
    registry.push(REPOSITORY, image([PACKED, PLAIN]), tags=["1"])
    app = Watched(registry)
    with serve(app) as address:
        async with desk(address) as made:
            _, reader = await made.reader()
            before = asyncio.all_tasks()
            with pytest.raises(DeadlineExceededError):
                async with deadline(0.3):
                    await reader.indexes()
            await until_nobody_reads()
            await app.until_nobody_is_there()
            assert asyncio.all_tasks() == before
            assert 0 < reader.bytes_fetched < PACKED.size


@pytest.mark.parametrize("pause", [0, 0.002, 0.02, 0.08])
async def test_whoever_leaves_takes_thread_task_and_connection_along(pause: float):
    registry = FakeRegistry()
    registry.push(REPOSITORY, image([PACKED, PLAIN]), tags=["1"])
    app = Watched(registry)
    with serve(app) as address:
        async with desk(address) as made:
            _, reader = await made.reader()
            registry.add(quirks.Stall(after=200_000, path="blobs"))
            before = asyncio.all_tasks()
            asking = asyncio.create_task(reader.indexes())
            await asyncio.sleep(pause)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            await until_nobody_reads()
            await app.until_nobody_is_there()
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == before


async def test_closing_the_gateway_ends_what_is_under_way(registry: FakeRegistry, push: Push):
    push(PACKED)
    async with desk(registry.address) as made:
        picture, reader = await made.reader()
        registry.add(quirks.Stall(after=1000, path="blobs"))
        asking = asyncio.create_task(reader.index(picture.layers[0]))
        await asyncio.sleep(0.05)
        assert readers_at_work() == 1
    with pytest.raises(UnreachableError, match="closed"):
        await asking
    await until_nobody_reads()


async def test_no_more_layers_are_read_at_a_time_than_there_are_places(registry: FakeRegistry, push: Push):
    for number in range(3):
        push(*(layer({f"srv/{number}": f"{each}"}) for each in range(3)), tag=str(number))
    async with desk(registry.address) as made:
        readers = [(await made.reader(str(number)))[1] for number in range(3)]
        registry.forget()
        registry.add(quirks.Latency(seconds=0.03, path="blobs"))
        await asyncio.gather(*(reader.indexes() for reader in readers))
    assert registry.peak == 4


# Budgets


async def test_what_is_known_to_be_too_much_is_refused_before_it_is_asked_for(registry: FakeRegistry, push: Push):
    push(PACKED, PLAIN)
    planned = PACKED.size + PLAIN.size
    async with desk(registry.address, max_fetch_bytes=planned - 1) as made:
        picture, reader = await made.reader()
        registry.forget()
        with pytest.raises(TooLargeError) as raised:
            await reader.indexes()
        assert registry.requests == []
        assert f"{planned:,} bytes" in raised.value.message
        assert f"{planned - 1:,}" in raised.value.message
        assert "limits.max_fetch_bytes" in raised.value.hint
        await reader.index(picture.layers[0])
        # One call, one budget; what is known costs nothing of it.
        with pytest.raises(TooLargeError):
            await reader.index(picture.layers[1])
        await (await made.reader())[1].indexes()


async def test_what_turns_out_to_be_too_much_is_fetched_no_further(registry: FakeRegistry, push: Push):
    """A line that breaks where ranges are ignored: the same bytes come again."""
    push(PLAIN)
    registry.add(quirks.RangeIgnored(), quirks.CutBody(after=200_000, times=1, path=PLAIN.digest))
    async with desk(registry.address, max_fetch_bytes=PLAIN.size) as made:
        picture, reader = await made.reader()
        with pytest.raises(TooLargeError, match="of one call"):
            await reader.index(picture.layers[0])
    await until_nobody_reads()


# Plugins


class Odd(RegistryBackend):
    """A plugin's backend, with a stream of its own."""

    async def open_blob(
        self, repository: str, descriptor: Descriptor, *, start: int = 0, length: int | None = None
    ) -> BlobStream:
        content = PACKED.blob[:-9] if descriptor.size == PACKED.size else PACKED.blob
        return BlobStream.of(content[start:] + b"x", start)


async def test_a_plugins_own_stream_is_trusted_no_more_than_a_registry(registry: FakeRegistry, push: Push):
    push(PACKED)
    async with desk(registry.address, backend_class=Odd) as made:
        picture, reader = await made.reader()
        with pytest.raises(DigestMismatchError):
            await reader.index(picture.layers[0])
        longer = replace(
            picture.layers[0], descriptor=Descriptor("", digest_of(PACKED.blob + b"x"), PACKED.size + 1)
        )
        assert (await reader.index(longer)).verified


def of_size(opened: OpenedLayer, size: int) -> OpenedLayer:
    return replace(opened, descriptor=replace(opened.descriptor, size=size))
