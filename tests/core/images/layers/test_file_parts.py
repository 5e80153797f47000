"""Parts of files, by as few of their layer's bytes as it takes, and never vouched for without reason."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from tests.core.images.layers.conftest import Push
from tests.core.images.layers.desk import Desk, Seeking, desk, until_nobody_reads

from portcall.errors import DigestMismatchError, UpstreamError
from portcall.images.layers import LayerReader
from portcall.images.opened import OpenedImage
from portcall.oci.layers.index import LayerIndex
from portcall.testing import FakeRegistry, Layer, layer, quirks
from portcall.testing.images import estargz, zstd_chunked

pytestmark = pytest.mark.anyio

NOISE = random.Random(11).randbytes(3 << 20)
#: A small file in front of a large one, and another behind it.
FILES = {"etc/motd": b"hello\n", "srv/data": NOISE, "zz/last": b"the last words\n", "zz/none": b""}
LARGE = random.Random(12).randbytes(9 << 20)


async def told(made: Desk) -> tuple[OpenedImage, LayerIndex]:
    """Read the only layer of the image, and return what is in it."""
    opened, reader = await made.reader()
    return opened, await reader.index(opened.layers[0])


def number_of(index: LayerIndex, path: str) -> int:
    return next(number for number, entry in enumerate(index.entries) if entry.path == path)


async def part(
    made: Desk, opened: OpenedImage, index: LayerIndex, path: str, start: int, length: int
) -> tuple[bytes, LayerReader]:
    """Ask for a part of a file in a call of its own."""
    reader = made.shelf.reader(opened, None)
    return await reader.part(opened.layers[0], index, number_of(index, path), start, length), reader


async def test_of_a_layer_that_is_not_packed_only_the_file_is_fetched(registry: FakeRegistry, push: Push):
    push(layer(FILES, compression="none"))
    async with desk(registry.address) as made:
        opened, index = await told(made)
        data, reader = await part(made, opened, index, "zz/last", 4, 4)
        # A small file is fetched whole, for then its digest vouches for it.
        assert (data, reader.bytes_fetched, reader.verified) == (b"last", 15, True)
        data, reader = await part(made, opened, index, "srv/data", 100, 50)
        assert (data, reader.bytes_fetched, reader.verified) == (NOISE[100:150], 50, False)
        data, reader = await part(made, opened, index, "srv/data", 0, len(NOISE) + 9)
        assert (data, reader.verified) == (NOISE, True)


@pytest.mark.parametrize("compression", ["gzip", "gzip-members"])
async def test_a_gzip_layer_that_was_read_is_entered_in_the_middle(
    registry: FakeRegistry, push: Push, compression: Any
):
    packed = layer({**FILES, "srv/data": LARGE}, compression=compression)
    push(packed)
    async with desk(registry.address) as made:
        opened, index = await told(made)
        registry.forget()
        data, reader = await part(made, opened, index, "zz/last", 4, 4)
        assert (data, reader.verified) == (b"last", True)
        assert 0 < reader.bytes_fetched < packed.size / 2
        (request,) = registry.asked("blob")
        assert request.headers["range"].startswith("bytes=")
        data, reader = await part(made, opened, index, "srv/data", 5 << 20, 1000)
        assert (data, reader.verified) == (LARGE[5 << 20 : (5 << 20) + 1000], False)
    await until_nobody_reads()


async def test_a_process_that_knows_the_index_alone_reads_the_layer_again(registry: FakeRegistry, push: Push):
    packed = layer(FILES)
    push(packed)
    async with desk(registry.address) as first:
        _, index = await told(first)
    async with desk(registry.address) as made:
        opened = await made.open()
        data, reader = await part(made, opened, index, "srv/data", 100, 50)
        # All of it was read, and is what its digest names.
        assert (data, reader.bytes_fetched, reader.verified) == (NOISE[100:150], packed.size, True)


async def test_zstd_is_read_again_as_far_as_the_file(registry: FakeRegistry, push: Push):
    packed = layer({**FILES, "zzz": random.Random(13).randbytes(12 << 20)}, compression="zstd")
    push(packed)
    async with desk(registry.address) as made:
        opened, index = await told(made)
        data, reader = await part(made, opened, index, "etc/motd", 0, 100)
        # The layer was left, but the file's own digest was known.
        assert (data, reader.verified) == (b"hello\n", True)
        assert reader.bytes_fetched < packed.size
        data, reader = await part(made, opened, index, "srv/data", 7, 70)
        assert (data, reader.verified) == (NOISE[7:77], False)


@pytest.mark.parametrize("pack", [estargz, zstd_chunked])
async def test_a_table_of_contents_names_the_pieces_and_their_digests(
    registry: FakeRegistry, push: Push, pack: Any
):
    packed = pack(FILES)
    push(packed)
    async with desk(registry.address) as made:
        opened, reader = await made.reader()
        index = await reader.known(opened.layers[0])
        assert index is not None
        data, reader = await part(made, opened, index, "zz/last", 4, 4)
        assert (data, reader.verified) == (b"last", True)
        assert reader.bytes_fetched < packed.size / 10
        # Behind the piece's own head, and in front of what else the range holds.
        registry.add(quirks.FlippedBit(path=packed.digest, offset=15))
        with pytest.raises((DigestMismatchError, UpstreamError)):
            await part(made, opened, index, "zz/last", 4, 4)


@pytest.mark.parametrize("packed", [layer(FILES, compression="none"), layer(FILES), estargz(FILES)])
async def test_where_ranges_are_ignored_the_layer_is_read_again(registry: FakeRegistry, push: Push, packed: Layer):
    push(packed)
    async with desk(registry.address) as made:
        opened, index = await told(made)
        registry.add(quirks.RangeIgnored())
        data, reader = await part(made, opened, index, "zz/last", 4, 4)
        assert (data, reader.verified, reader.bytes_fetched) == (b"last", True, packed.size)


async def test_what_is_not_there_is_not_asked_for(registry: FakeRegistry, push: Push):
    push(layer(FILES))
    async with desk(registry.address) as made:
        opened, index = await told(made)
        registry.forget()
        for path, start, length in (("zz/none", 0, 10), ("zz/last", 15, 10), ("zz/last", 3, 0)):
            data, reader = await part(made, opened, index, path, start, length)
            assert (data, reader.bytes_fetched, reader.verified) == (b"", 0, True)
    assert registry.requests == []


async def test_a_registry_that_lies_after_it_told_the_truth_is_found_out(registry: FakeRegistry, push: Push):
    packed = layer(FILES, compression="none")
    push(packed)
    async with desk(registry.address) as made:
        opened, index = await told(made)
        registry.add(quirks.FlippedBit(path=packed.digest))
        with pytest.raises(DigestMismatchError):
            await part(made, opened, index, "zz/last", 4, 4)
        # Nothing vouches for a part of a large file, and the answer says so.
        _, reader = await part(made, opened, index, "srv/data", 100, 50)
        assert not reader.verified


async def test_an_index_that_nobody_vouches_for_vouches_for_nothing(registry: FakeRegistry, push: Push):
    packed = layer({**FILES, "zzz": random.Random(13).randbytes(12 << 20)}, compression="none")
    push(packed)
    async with desk(registry.address) as made:
        opened, reader = await made.reader()
        seen = await reader.scan(opened.layers[0], Seeking("srv/data"))
        assert not seen.index.verified
        data, reader = await part(made, opened, seen.index, "etc/motd", 0, 6)
        assert (data, reader.verified) == (b"hello\n", False)


async def test_the_same_path_twice_is_told_apart(registry: FakeRegistry, push: Push):
    push(layer([("a", b"first"), ("a", b"second"), ("b", b"x")], compression="zstd"))
    async with desk(registry.address) as made:
        opened, index = await told(made)
        for number, content in enumerate((b"first", b"second")):
            reader = made.shelf.reader(opened, None)
            assert await reader.part(opened.layers[0], index, number, 0, 10) == content


async def test_a_file_that_the_layer_does_not_hold_after_all_is_no_empty_one(registry: FakeRegistry, push: Push):
    """As a table of contents may tell of one, which nobody compared with the archive."""
    push(layer(FILES))
    async with desk(registry.address) as made:
        opened, index = await told(made)
        invented = index.entries[-1]._replace(path="etc/shadow", size=10, offset=None)
        lying = replace(index, source="estargz", entries=(*index.entries, invented))
        with pytest.raises(UpstreamError, match="does not hold the file"):
            await made.shelf.reader(opened, None).part(opened.layers[0], lying, len(lying.entries) - 1, 0, 5)
