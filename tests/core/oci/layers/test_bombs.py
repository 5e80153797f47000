"""Layers that are made to exhaust whoever looks into them."""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator

import pytest
import zstandard
from tests.core.oci.layers.tar_cases import DIGEST, END, WHAT, Trickle, binary, header, member, records, scan
from tests.core.oci.layers.test_tar_sparse import version_0_1

from portcall.errors import TooLargeError, UpstreamError
from portcall.oci.layers.bounds import Bounds
from portcall.oci.layers.scan import scan_layer

TIGHT = Bounds(free_bytes=1 << 20, ratio=250)
MANY = 10_000_000


def rle_frame(size: int) -> bytes:
    """Return zeros packed as densely as zstd can: four bytes for 128 KiB, 32,768 to one."""
    block = (1 << 17) << 3 | 1 << 1
    last = block | 1
    blocks = block.to_bytes(3, "little") + b"\0"
    return b"\x28\xb5\x2f\xfd\x00\x38" + blocks * (size >> 17) + last.to_bytes(3, "little") + b"\0"


class Lazy:
    """Makes the bytes as they are asked for."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = iter(pieces)
        self.head = b""
        self.given = 0

    def read(self, size: int, /) -> bytes:
        if not self.head:
            self.head = next(self.pieces, b"")
        data, self.head = self.head[:size], self.head[size:]
        self.given += len(data)
        return data


def gzip_bomb(size: int) -> bytes:
    return gzip.compress(header(b"zeros", size) + bytes(size), 9)


def zstd_bomb(size: int) -> bytes:
    return zstandard.ZstdCompressor().compress(header(b"zeros", size)) + rle_frame(size)


@pytest.mark.parametrize(("bomb", "ratio"), [(gzip_bomb, 1000), (zstd_bomb, 30_000)])
def test_a_bomb_is_refused_before_it_takes_memory(bomb: Callable[[int], bytes], ratio: int):
    size = 64 << 20
    raw = bomb(size)
    assert ratio * len(raw) < size or bomb is zstd_bomb
    readable = Trickle(raw)

    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError) as caught:
            scan_layer(readable, DIGEST, bounds=TIGHT)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert caught.value.message == f"{WHAT} unpacks to more than 250 times its size and 1 MiB beyond"
    assert caught.value.hint
    assert peak < 2 << 20


def test_a_bomb_after_the_archives_end_is_one_all_the_same():
    with pytest.raises(TooLargeError, match="unpacks to more"):
        scan(gzip.compress(member(b"a") + END) + gzip_bomb(64 << 20), bounds=TIGHT)


def test_a_layer_that_is_packed_well_is_none():
    """Below the ratio for all that is stored, whatever its beginning looks like."""
    zeros = header(b"zeros", 1 << 20) + bytes(1 << 20)
    noise = zlib.compress(b"", wbits=31) + gzip.compress(zeros + END)

    assert scan(noise, bounds=Bounds(free_bytes=0, ratio=1100)).index.archive_size == len(zeros + END)


def test_a_plain_layer_is_never_a_bomb():
    assert scan(member(b"zeros", bytes(5 << 20)) + END, bounds=TIGHT).index.entries[0].size == 5 << 20


def endless(count: int) -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=31)
    block = header(b"file") * 1000
    for _ in range(count // 1000):
        yield packer.compress(block)
    yield packer.flush()


def test_ten_million_entries_are_not_all_read():
    """They are made as they are read: all of them would be 5 GB."""
    readable = Lazy(filter(None, endless(MANY)))

    with pytest.raises(TooLargeError, match="has more than 1000 entries"):
        scan_layer(readable, DIGEST, bounds=Bounds(entries=1000))
    assert readable.given < 1 << 20


@pytest.mark.slow
def test_ten_million_entries_are_refused_with_the_real_ceiling_in_little_memory():
    started = time.monotonic()
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError, match="has more than 500000 entries"):
            scan_layer(Lazy(filter(None, endless(MANY))), DIGEST)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 256 << 20
    assert time.monotonic() - started < 120


def test_exactly_as_many_entries_as_there_may_be_are_read():
    raw = header(b"a") * 5 + END

    assert len(scan(raw, bounds=Bounds(entries=5)).index.entries) == 5
    with pytest.raises(TooLargeError):
        scan(raw, bounds=Bounds(entries=4))


@pytest.mark.parametrize("flag", [b"L", b"x"])
def test_names_are_counted_together(flag: bytes):
    """Each is within the limit for one name; a layer of them would fill the memory."""
    name = b"n" * 1000
    extended = member(b"", name, b"L") if flag == b"L" else records((b"path", name))
    raw = (extended + header(b"x")) * 5 + END

    assert len(scan(raw, bounds=Bounds(name_bytes=5000)).index.entries) == 5
    with pytest.raises(TooLargeError, match="MiB of names"):
        scan(raw, bounds=Bounds(name_bytes=4999))


def test_link_targets_are_names_too():
    with pytest.raises(TooLargeError, match="MiB of names"):
        scan(header(b"a", flag=b"2", link=b"l" * 90) * 5, bounds=Bounds(name_bytes=400))


def test_extended_headers_without_end_are_refused_as_cut_off():
    """Each is let go when the next one comes, so only time is spent, and that is the caller's to end."""
    with pytest.raises(UpstreamError, match="is cut off"):
        scan(member(b"", b"n" * 400, b"L") * 5000)


def test_huge_files_that_are_not_there_cost_nothing():
    started = time.monotonic()
    for raw in (header(b"a", binary(1 << 60)) + bytes(4096), gzip.compress(header(b"a", binary(1 << 62)))):
        with pytest.raises(UpstreamError, match="is cut off"):
            scan(raw)
    assert time.monotonic() - started < 5


def test_holes_cost_nothing_where_they_are_too_large():
    huge = version_0_1([(0, 5)], 1 << 62)
    started = time.monotonic()

    assert [entry.digest for entry in scan(huge * 50 + END).index.entries] == [None] * 50
    assert time.monotonic() - started < 5


def test_many_small_members_take_no_more_than_their_time():
    """Each hands back all that follows it: copied every time from a whole layer, that would be a square."""
    tar = header(b"a") * 100 + END
    raw = b"".join(gzip.compress(tar[at : at + 64], 1) for at in range(0, len(tar), 64))
    raw += gzip.compress(b"") * 50_000
    started = time.monotonic()

    assert len(scan(raw).index.entries) == 100
    assert time.monotonic() - started < 20
