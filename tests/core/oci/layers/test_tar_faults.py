"""Archives that are cut off, damaged, or made of anything: an error of ours, in good time, or an answer."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import timedelta

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.oci.layers.tar_cases import END, binary, header, member, padded, records, scan
from tests.core.oci.layers.test_tar_sparse import VERSIONS

from portcall.errors import PortcallError, UpstreamError
from portcall.oci.layers.bounds import Bounds

Compress = Callable[[bytes], bytes]
LONG = member(b"././@LongLink", b"n" * 120 + b"\0", b"L")
PARTS = [
    member(b"a", b"x" * 600),
    LONG,
    member(b"b", flag=b"2", link=b"a"),
    records((b"path", b"c")),
    member(b"d"),
]
SMALL = b"".join(PARTS)
#: Where a header begins that nothing else depends on.
BOUNDARIES = {0, 1536, 1536 + 1024 + 512, 1536 + 1024 + 512 + 1024 + 512}


def test_an_archive_that_is_cut_off_anywhere_is_told_so():
    """But where the next header, or the end, would have been: tar's end is optional for most who read it."""
    whole = SMALL + END
    told = set()
    for length in range(len(whole)):
        try:
            scan(whole[:length])
        except UpstreamError as error:
            assert "is cut off" in error.message or "is no archive" in error.message, length  # noqa: PT017
        else:
            told.add(length)

    assert told == BOUNDARIES | {len(SMALL) + 512}


def test_half_a_header_is_no_archive_unless_it_looks_like_one():
    for length, problem in ((200, "no archive"), (511, "cut off")):
        with pytest.raises(UpstreamError, match=problem):
            scan(SMALL[:length])


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.ZstdCompressor(write_checksum=True).compress])
def test_a_compressed_archive_that_is_cut_off_anywhere_is_told_so(compress: Compress):
    """Be it in the last byte of its checksum, long after all entries were read."""
    packed = compress(SMALL + END)
    for length in range(4, len(packed)):
        with pytest.raises(UpstreamError, match="is cut off"):
            scan(packed[:length])


@pytest.mark.parametrize("sparse", VERSIONS)
def test_a_sparse_file_that_is_cut_off_is_told_so(sparse: Callable[[], bytes]):
    whole = sparse()
    for length in range(512, len(whole), 7):
        with pytest.raises(UpstreamError, match="is cut off"):
            scan(whole[:length])


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.ZstdCompressor(write_checksum=True).compress])
def test_damage_is_found_by_the_data_s_own_checksum(compress: Compress):
    """Where no checksum of tar's covers it: amid a file."""
    packed = bytearray(compress(member(b"a", bytes(range(256)) * 20) + END))
    packed[-6] ^= 1

    with pytest.raises(UpstreamError, match="is damaged"):
        scan(bytes(packed))


seeds = st.sampled_from([SMALL + END, *(sparse() for sparse in VERSIONS), member(b"a", b"x", magic=b"ustar  \0")])
fields = st.one_of(
    st.binary(min_size=12, max_size=12),
    st.integers(-(1 << 94), (1 << 94) - 1).map(binary),
    st.sampled_from([b"77777777777\0", binary(1 << 62), binary(-1), bytes(12), b" " * 12]),
)
flags = st.one_of(
    st.sampled_from([bytes([flag]) for flag in b"\x000123567SLKxgVMDN"]), st.binary(min_size=1, max_size=1)
)
texts = st.binary(max_size=100)
heads = st.builds(
    header, texts, fields, flags, link=texts, mtime=fields,
    magic=st.sampled_from([b"ustar\x0000", b"ustar  \0", b""]),
    prefix=texts, rest=texts,
)  # fmt: skip
pax_like = st.lists(
    st.sampled_from(
        [b"12 path=", b"GNU.sparse.map=", b"1,2", b"9", b" ", b"\n", b"size=", b"30 mtime=1.5\n", b"\0"]
    )
).map(b"".join)
blocks = st.one_of(heads, st.binary(max_size=700).map(padded), pax_like.map(lambda data: member(b"x", data, b"x")))
in_time = settings(deadline=timedelta(seconds=2))


def attempt(raw: bytes) -> None:
    try:
        index = scan(raw, bounds=Bounds(free_bytes=1 << 20, extended_bytes=1 << 16)).index
    except PortcallError as error:
        assert error.code in {"upstream_error", "too_large"}  # noqa: PT017 - anything may be fine or refused
        return
    for entry in index.entries:
        assert not {"", ".", ".."} & set(entry.path.split("/")) or not entry.path
        assert entry.size >= 0
        assert entry.digest is None or len(entry.digest) == 32


@in_time
@given(st.lists(blocks, max_size=8).map(b"".join))
def test_headers_of_anything_are_read_or_refused(raw: bytes):
    attempt(raw)


@in_time
@given(
    seeds, st.lists(st.tuples(st.integers(0, 4000), st.binary(min_size=1, max_size=3)), max_size=4), st.booleans()
)
def test_archives_that_were_tampered_with_are_read_or_refused(
    raw: bytes, edits: list[tuple[int, bytes]], mend: bool
):
    tampered = bytearray(raw)
    for at, data in edits:
        tampered[at : at + len(data)] = data
        head = at // 512 * 512
        block = bytes(tampered[head : head + 512])
        if mend and len(block) == 512:
            # Without this, hardly anything gets past the checksum.
            tampered[head + 148 : head + 156] = b"%06o\0 " % (sum(block[:148]) + sum(block[156:]) + 256)
    attempt(bytes(tampered))


@in_time
@given(st.sampled_from([b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd", b"\x5f\x2a\x4d\x18"]), st.binary(max_size=600))
def test_packed_data_of_anything_is_read_or_refused(magic: bytes, data: bytes):
    attempt(magic + data)


@in_time
@given(
    st.sampled_from([gzip.compress, zstandard.ZstdCompressor().compress]),
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), min_size=1, max_size=3),
)
def test_packed_archives_that_were_tampered_with_are_read_or_refused(
    compress: Compress, edits: list[tuple[int, int]]
):
    packed = bytearray(compress(SMALL + END))
    for at, byte in edits:
        packed[at % len(packed)] = byte
    attempt(bytes(packed))
