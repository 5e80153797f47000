"""A part of a file takes the pieces that hold it, each checked, and no more than it is worth."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import pytest
from tests.core.oci.layers.toc_cases import LINES, Stored, altered

from portcall.errors import DigestMismatchError, TooLargeError, UnsupportedError, UpstreamError
from portcall.oci.layers.entry import LayerEntry
from portcall.oci.layers.index import Chunk, LayerIndex
from portcall.testing import Layer, compress, estargz, symlink, zstd_chunked

FORMATS: dict[str, Callable[..., Layer]] = {"estargz": estargz, "zstd:chunked": zstd_chunked}
NOISE = b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(4000))


@pytest.fixture(params=FORMATS)
def build(request: pytest.FixtureRequest) -> Callable[..., Layer]:
    return FORMATS[request.param]


def index_of(*chunks: Chunk, compression: Literal["gzip", "zstd"] = "gzip") -> LayerIndex:
    """Return the index of a layer with one file, ``a``, which is in these pieces."""
    entry = LayerEntry("a", "file", sum(chunk.size for chunk in chunks))
    return LayerIndex("sha256:" + "0" * 64, (entry,), compression, chunks={0: chunks})


def test_all_of_it_and_any_part_of_it_can_be_read(build: Callable[..., Layer]):
    stored = Stored(build({"a": LINES, "b": b"b"}, chunk_size=4000))
    index = stored.index()
    for start, length in ((0, 1 << 20), (0, 1), (3999, 1), (3999, 2), (4000, 4000), (10_000, 1 << 40), (8123, 77)):
        assert stored.part(index, "a", start, length) == LINES[start : start + length]


def test_nothing_is_fetched_where_there_is_nothing_to_read(build: Callable[..., Layer]):
    stored = Stored(build({"a": LINES, "empty": b"", "link": symlink("a")}))
    index = stored.index()
    stored.asked.clear()
    assert stored.part(index, "a", len(LINES), 10) == b""
    assert stored.part(index, "a", 5, 0) == b""
    assert stored.part(index, "empty") == b""
    assert stored.part(index, "link") == b""
    assert not stored.asked


def test_neighbouring_pieces_are_fetched_with_one_request(build: Callable[..., Layer]):
    stored = Stored(build({"a": NOISE}, chunk_size=5000))
    index = stored.index()
    stored.asked.clear()
    assert stored.part(index, "a", 20_000, 50_000) == NOISE[20_000:70_000]
    ((_, length),) = stored.asked
    assert length < 52_000


def test_what_lies_between_two_pieces_is_not_fetched_where_it_is_much(build: Callable[..., Layer]):
    stored = Stored(build({"a": NOISE[:5000], "b": NOISE, "c": NOISE[-5000:]}))
    index = stored.index()
    first, last = (index.chunks[number][0] for number in (0, 2))
    together = index_of(first, last._replace(file_offset=5000), compression=stored.layer.compression)
    stored.asked.clear()
    assert stored.part(together, "a") == NOISE[:5000] + NOISE[-5000:]
    assert len(stored.asked) == 2


def test_a_large_part_is_fetched_in_requests_of_bounded_size():
    content = bytes(range(256)) * 40_000
    members = [compress(content[at : at + (1 << 20)], "gzip-stored") for at in range(0, len(content), 1 << 20)]
    stored = Stored(Layer(b"".join(members), "", "gzip"))
    index = index_of(*_pieces(content, members))
    assert stored.part(index, "a", 0, len(content)) == content
    assert len(stored.asked) == 2
    assert max(length for _, length in stored.asked) <= 8 << 20


def test_bytes_that_were_altered_are_refused(build: Callable[..., Layer]):
    built = build({"a": LINES}, chunk_size=4000)
    index = Stored(built).index()
    chunk = index.chunks[0][1]
    blob = bytearray(built.blob)
    other = compress(bytes(chunk.size), "gzip" if build is estargz else "zstd")[: chunk.blob_size]
    blob[chunk.blob_offset : chunk.blob_offset + len(other)] = other
    stored = Stored(altered(built, bytes(blob)))
    assert stored.part(index, "a", 0, 4000) == LINES[:4000]
    with pytest.raises(DigestMismatchError, match="a piece of layer sha256:"):
        stored.part(index, "a", 4000, 1)


def test_bytes_that_cannot_be_unpacked_are_refused(build: Callable[..., Layer]):
    built = build({"a": LINES}, chunk_size=4000)
    index = Stored(built).index()
    at = index.chunks[0][0].blob_offset + 12
    broken = altered(built, built.blob[:at] + b"\xff" * 300 + built.blob[at + 300 :])
    with pytest.raises((UpstreamError, DigestMismatchError)):
        Stored(broken).part(index, "a")


def test_a_piece_that_is_shorter_than_told_is_refused(build: Callable[..., Layer]):
    def longer(document: dict[str, Any]) -> dict[str, Any]:
        row = next(row for row in document["entries"] if row["name"] == "a")
        row["size"] += 1_000_000
        return document

    stored = Stored(build({"a": LINES}, toc=longer))
    with pytest.raises((UpstreamError, DigestMismatchError)):
        stored.part(stored.index(), "a")


def test_a_piece_is_unpacked_no_further_than_told():
    """Behind it in the same gzip member there are tar headers, or a gigabyte of zeros."""
    content = b"content"
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    member = bomb.compress(content) + b"".join(bomb.compress(bytes(1 << 20)) for _ in range(64)) + bomb.flush()
    stored = Stored(Layer(member, "", "gzip"))
    digest = hashlib.sha256(content).digest()
    index = index_of(Chunk(0, len(content), 0, len(member), 0, digest))
    assert stored.part(index, "a") == content


def test_pieces_within_one_member_that_overlap_are_refused():
    content = NOISE[:1000]
    stored = Stored(Layer(compress(content, "gzip"), "", "gzip"))
    halves = (content[:600], content[400:])
    chunks = [
        Chunk(0, 600, 0, stored.layer.size, 0, hashlib.sha256(halves[0]).digest()),
        Chunk(600, 600, 0, stored.layer.size, 400, hashlib.sha256(halves[1]).digest()),
    ]
    with pytest.raises(DigestMismatchError):
        stored.part(index_of(*chunks), "a")


def test_pieces_that_cost_far_more_than_they_hold_are_not_read():
    """A table of contents can ask for 128 MiB to be unpacked for every byte of a file."""
    stored = Stored(Layer(compress(bytes(4096), "gzip-members") * 100, "", "gzip"))
    size = stored.layer.size // 100
    chunks = [Chunk(at, 1, at * size, size, 100 << 20, bytes(32)) for at in range(100)]
    with pytest.raises(TooLargeError, match="far more than what is in them"):
        stored.part(index_of(*chunks), "a", 0, 3)
    assert not stored.asked


def test_pieces_that_take_far_too_many_requests_are_not_read():
    stored = Stored(Layer(bytes(2_000_000), "", "gzip"))
    chunks = [Chunk(at, 1, at * 20_000, 100, 0, bytes(32)) for at in range(100)]
    with pytest.raises(TooLargeError):
        stored.part(index_of(*chunks), "a")
    assert not stored.asked


def test_a_file_that_has_no_pieces_is_an_error_of_its_own(build: Callable[..., Layer]):
    stored = Stored(build({"a": LINES}))
    with pytest.raises(UnsupportedError, match="does not tell where"):
        stored.part(replace(stored.index(), chunks={}), "a")


def test_a_hole_of_terabytes_costs_nothing():
    index = index_of(Chunk(0, 5, 0, 0, 0, None), Chunk(5, 1 << 42, 0, 0, 0, None))
    stored = Stored(Layer(b"", ""))
    assert stored.part(index, "a", 1 << 41, 100) == bytes(100)
    assert not stored.asked


def _pieces(content: bytes, members: list[bytes]) -> list[Chunk]:
    found: list[Chunk] = []
    for member in members:
        start = sum(chunk.size for chunk in found)
        at = sum(chunk.blob_size for chunk in found)
        part = content[start : start + (1 << 20)]
        found.append(Chunk(start, len(part), at, len(member), 0, hashlib.sha256(part).digest()))
    return found
