"""Sparse files, in all the ways that GNU tar has written them."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import pytest
from tests.core.oci.layers.tar_cases import (
    DIGEST,
    END,
    Trickle,
    entries,
    header,
    member,
    octal,
    padded,
    records,
    scan,
)

from portcall.errors import UpstreamError
from portcall.oci.layers.bounds import Bounds
from portcall.oci.layers.scan import ScannedLayer, scan_layer

#: 20 bytes, of which two pieces are stored.
FILE = b"\0\0\0abc\0\0\0\0\0\0\0\0\0\0\0\0XY"
PAIRS = [(3, 3), (18, 2)]
STORED = b"abcXY"
MAJOR, MINOR = b"GNU.sparse.major", b"GNU.sparse.minor"


def numbers(pairs: list[tuple[int, int]]) -> list[bytes]:
    return [b"%d" % number for pair in pairs for number in pair]


def version_0_0(pairs: list[tuple[int, int]] = PAIRS, size: int = 20, data: bytes = STORED) -> bytes:
    told = [(b"GNU.sparse.size", b"%d" % size), (b"GNU.sparse.numblocks", b"%d" % len(pairs))]
    for offset, length in pairs:
        told += [(b"GNU.sparse.offset", b"%d" % offset), (b"GNU.sparse.numbytes", b"%d" % length)]
    return records(*told) + member(b"sparse", data)


def version_0_1(pairs: list[tuple[int, int]] = PAIRS, size: int = 20, data: bytes = STORED) -> bytes:
    told = [(b"GNU.sparse.size", b"%d" % size), (b"GNU.sparse.numblocks", b"%d" % len(pairs))]
    told += [(b"GNU.sparse.map", b",".join(numbers(pairs))), (b"GNU.sparse.name", b"sparse")]
    return records(*told) + member(b"GNUSparseFile.1/sparse", data)


def version_1_0(pairs: list[tuple[int, int]] = PAIRS, size: int = 20, data: bytes = STORED) -> bytes:
    told = [(MAJOR, b"1"), (MINOR, b"0"), (b"GNU.sparse.realsize", b"%d" % size), (b"GNU.sparse.name", b"sparse")]
    table = b"".join(number + b"\n" for number in [b"%d" % len(pairs), *numbers(pairs)])
    return records(*told) + member(b"GNUSparseFile.1/sparse", padded(table) + data)


def old_gnu(pairs: list[tuple[int, int]] = PAIRS, size: int = 20, data: bytes = STORED) -> bytes:
    """Four pieces are in the header, and 21 in each block that follows it."""
    table = [octal(offset) + octal(length) for offset, length in pairs]
    blocks = []
    for at in range(4, len(table), 21):
        block = b"".join(table[at : at + 21]).ljust(504, b"\0")
        blocks.append(block + (b"\1" if at + 21 < len(table) else b"\0") + bytes(7))
    gap = bytes(41)  # what GNU tar keeps where POSIX has the prefix, up to the map
    rest = b"".join(table[:4]).ljust(96, b"\0") + (b"\1" if blocks else b"\0") + octal(size)
    head = header(b"sparse", len(data), b"S", magic=b"ustar  \0", prefix=gap, rest=rest)
    return head + b"".join(blocks) + padded(data)


Writer = Callable[..., bytes]
VERSIONS = [version_0_0, version_0_1, version_1_0, old_gnu]
every_version = pytest.mark.parametrize("sparse", VERSIONS)


class Window:
    """Wants a part of every file."""

    def __init__(self, start: int, length: int) -> None:
        self.window = (start, length)

    def wants(self, _entry: object) -> tuple[int, int]:
        return self.window

    def is_satisfied(self) -> bool:
        return False


def kept(sparse: bytes, start: int, length: int, bounds: Bounds | None = None) -> ScannedLayer:
    return scan(sparse + END, lookout=Window(start, length), bounds=bounds or Bounds())


@every_version
def test_a_sparse_file_is_told_as_the_file_that_it_stands_for(sparse: Writer):
    found, after = entries(sparse(), member(b"after", b"x"))

    assert (found.path, found.kind, found.size, found.offset) == ("sparse", "file", 20, None)
    assert found.digest == sha256(FILE).digest()
    assert after.path == "after"


@every_version
def test_any_part_of_it_can_be_kept(sparse: Writer):
    for start in range(22):
        for length in range(22):
            assert kept(sparse(), start, length).kept == {0: FILE[start : start + length]}, (start, length)


@every_version
def test_its_holes_may_be_larger_than_there_is_room_for(sparse: Writer):
    """The archive is told nevertheless, and what is asked for is there; only the digest is unknown."""
    size = (1 << 33) - 1
    huge = sparse([(1, 2), (1 << 32, 3)], size)

    scanned = kept(huge, (1 << 32) - 1, 6)

    assert scanned.index.entries[0].size == size
    assert scanned.index.entries[0].digest is None
    assert scanned.kept == {0: b"\0cXY\0\0"}


def test_holes_count_together():
    """Each would be affordable by itself."""
    bounds = Bounds(free_bytes=1500, ratio=2)
    lone = b"".join(version_0_1([(0, 5)], 5000) for _ in range(3))

    digests = [entry.digest for entry in scan(lone + END, bounds=bounds).index.entries]

    assert digests[0] == sha256(STORED + bytes(4995)).digest()
    assert digests[2] is None


@pytest.mark.parametrize(
    ("sparse", "count"),
    # Versions 0.0 and 0.1 have no way to say that nothing is stored.
    [(version_1_0, 0), (old_gnu, 0), *((sparse, count) for sparse in VERSIONS for count in (1, 4, 5, 25, 26, 60))],
)
def test_a_file_may_be_in_any_number_of_pieces(sparse: Writer, count: int):
    pairs = [(10 * number, 1) for number in range(count)]
    whole = b"".join(b"%c" % (65 + number) + bytes(9) for number in range(count)).ljust(700, b"\0")
    data = bytes(65 + number for number in range(count))

    assert scan(sparse(pairs, 700, data) + END).index.entries[0].digest == sha256(whole).digest()


@every_version
def test_a_piece_of_no_bytes_may_mark_the_end(sparse: Writer):
    assert entries(sparse([*PAIRS, (20, 0)]))[0].digest == sha256(FILE).digest()


@every_version
@pytest.mark.parametrize(
    ("pairs", "size"),
    [
        ([(3, 3), (5, 2)], 20),
        ([(18, 2), (3, 3)], 20),
        (PAIRS, 19),
        ([(3, 3), (18, 3)], 30),
        ([(0, 1 << 32)], 1 << 32),
    ],
    ids=["overlap", "backwards", "past the end", "more than is stored", "far more than is stored"],
)
def test_a_map_that_makes_no_sense_is_refused(sparse: Writer, pairs: list[tuple[int, int]], size: int):
    with pytest.raises(UpstreamError, match=r"makes no sense \(its sparse map is broken\)"):
        scan(sparse(pairs, size) + END)


@pytest.mark.parametrize(
    "told",
    [
        [(b"GNU.sparse.offset", b"1"), (b"GNU.sparse.offset", b"1")],
        [(b"GNU.sparse.numbytes", b"1"), (b"GNU.sparse.offset", b"1")],
        [(b"GNU.sparse.offset", b"1,2"), (b"GNU.sparse.numbytes", b"1")],
        [(b"GNU.sparse.map", b"1")],
        [(b"GNU.sparse.map", b"1,")],
        [(b"GNU.sparse.map", b"-1,1")],
        [(b"GNU.sparse.map", b"1,-1")],
        [(b"GNU.sparse.map", b"1,1"), (b"GNU.sparse.numblocks", b"2")],
        [(b"GNU.sparse.map", b"1,1"), (b"GNU.sparse.size", b"x")],
        [(MAJOR, b"1"), (MINOR, b"0")],
    ],
)
def test_records_that_make_no_map_are_refused(told: list[tuple[bytes, bytes]]):
    with pytest.raises(UpstreamError, match="makes no sense"):
        scan(records(*told) + member(b"a", b"some bytes") + END)


@pytest.mark.parametrize(
    "table", [b"x\n", b"-1\n", b"1" * 600, b"9999999999999999999\n", b"9\n1\n", b"1\n" + b"2" * 600]
)
def test_a_map_within_the_contents_that_is_none_is_refused(table: bytes):
    told = records((MAJOR, b"1"), (MINOR, b"0"), (b"GNU.sparse.realsize", b"20"))

    with pytest.raises(UpstreamError, match="makes no sense"):
        scan(told + member(b"a", padded(table)) + END)


def test_a_map_is_not_read_on_for_ever():
    """Blocks of a map hold nothing of the file, and each may say that another one follows."""
    block = bytes(504) + b"\1" + bytes(7)
    head = header(b"a", 0, b"S", magic=b"ustar  \0", prefix=bytes(41), rest=bytes(96) + b"\1" + octal(0))

    with pytest.raises(UpstreamError, match="sparse map"):
        scan(head + block * 9, bounds=Bounds(extended_bytes=2048))


def test_a_map_within_the_contents_is_not_held_when_it_is_too_long():
    pairs = [(2 * number, 1) for number in range(200)]

    with pytest.raises(UpstreamError, match="sparse map"):
        scan(version_1_0(pairs, 400, bytes(200)) + END, bounds=Bounds(extended_bytes=1024))
    assert scan(version_1_0(pairs, 400, bytes(200)) + END, bounds=Bounds(extended_bytes=2048)).is_whole


@every_version
def test_what_is_stored_and_has_no_place_is_skipped(sparse: Writer):
    found, after = entries(sparse(data=STORED + bytes(600)), member(b"after"))

    assert (found.digest, after.path) == (sha256(FILE).digest(), "after")


def test_whoever_has_gone_is_noticed_amid_a_hole():
    """Nothing is read, or unpacked, while zeros are made."""

    def check() -> None:
        checks.append(1)
        if len(checks) > 100:
            raise ConnectionAbortedError("gone")

    checks: list[int] = []
    with pytest.raises(ConnectionAbortedError):
        scan_layer(Trickle(version_0_1([(0, 5)], 1 << 29) + END, check=check), DIGEST)


def test_a_version_that_is_not_known_is_a_plain_file():
    """As Go has it."""
    found = entries(records((MAJOR, b"2"), (MINOR, b"0"), (b"GNU.sparse.realsize", b"9")), member(b"a", b"x"))[0]

    assert (found.size, found.digest) == (1, sha256(b"x").digest())


def test_only_files_are_sparse():
    with pytest.raises(UpstreamError, match="it is sparse and no file"):
        scan(records((b"GNU.sparse.map", b"1,1")) + member(b"a", flag=b"5") + END)
