"""An index becomes bytes and is the same index again; nothing else becomes an index."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.oci.layers.tar_cases import DIGEST

from portcall.models.layers import EntryKind
from portcall.oci.layers import codec
from portcall.oci.layers.codec import decode_index, encode_index
from portcall.oci.layers.entry import LayerEntry
from portcall.oci.layers.index import Chunk, LayerIndex

counts = st.integers(0, (1 << 63) - 1)
numbers = st.integers(-(1 << 63), (1 << 63) - 1)
digests = st.none() | st.binary(min_size=32, max_size=32)
texts = st.text(st.characters(), max_size=12)  # surrogates and NUL included
entries = st.builds(
    LayerEntry,
    texts,
    st.sampled_from(get_args(EntryKind)),
    counts,
    *[numbers] * 4,
    st.none() | texts,
    digests,
    st.none() | counts,
)
chunks = st.builds(
    Chunk,
    file_offset=counts,
    size=counts,
    blob_offset=counts,
    blob_size=counts,
    inner_offset=counts,
    digest=digests,
)


@st.composite
def indexes(draw: st.DrawFn) -> LayerIndex:
    listed = draw(st.lists(entries, max_size=6))
    places = st.integers(0, len(listed) - 1)
    return LayerIndex(
        digest=DIGEST,
        entries=tuple(listed),
        compression=draw(st.sampled_from(["gzip", "zstd", "none"])),
        source=draw(st.sampled_from(["archive", "estargz", "zstd:chunked"])),
        verified=draw(st.booleans()),
        archive_size=draw(st.none() | counts),
        chunks=draw(st.dictionaries(places, st.lists(chunks, max_size=3).map(tuple))) if listed else {},
        notes=tuple(draw(st.lists(texts.filter(lambda text: not _has_pair(text)), max_size=3))),
    )


def _has_pair(text: str) -> bool:
    """Return whether JSON would make one character of two halves."""
    return any(first <= "\udbff" and second >= "\udc00" for first, second in pairwise(text))


def chunk(blob_offset: int) -> Chunk:
    return Chunk(file_offset=0, size=5, blob_offset=blob_offset, blob_size=7, inner_offset=1, digest=None)


FILE = LayerEntry("etc/passwd", "file", 5, 0o644, 1, 2, 3, None, bytes(32), 512)
LINK = LayerEntry("a\udcff", "symlink", target="b\udc80\0")
INDEX = LayerIndex(DIGEST, (FILE, LINK), "gzip", chunks={0: (chunk(9),)}, notes=("odd",))
RAW = encode_index(INDEX)


@given(indexes())
def test_an_index_survives(index: LayerIndex):
    raw = encode_index(index)

    assert decode_index(raw, DIGEST) == index
    assert encode_index(decode_index(raw, DIGEST)) == raw


def test_two_halves_of_a_pair_stay_two():
    """They are two characters in a name, whatever JSON would make of them."""
    index = replace(INDEX, entries=(LayerEntry("\ud83d\ude00", "file"),), chunks={})

    assert decode_index(encode_index(index), DIGEST) == index


def test_the_order_of_chunks_makes_no_difference():
    one, two = (chunk(1),), (chunk(2),)
    there, back = replace(INDEX, chunks={0: one, 1: two}), replace(INDEX, chunks={1: two, 0: one})

    assert encode_index(there) == encode_index(back)


def test_an_index_is_small():
    names = [f"usr/lib/python3/dist-packages/package{number // 30}/module{number}.py" for number in range(3000)]
    listed = tuple(
        LayerEntry(name, "file", number, digest=hashlib.sha256(name.encode()).digest(), offset=number * 1024)
        for number, name in enumerate(names)
    )

    raw = encode_index(replace(INDEX, entries=listed, chunks={}))

    assert len(raw) < 3000 * (32 + 16)


def test_the_index_of_another_layer_is_refused():
    with pytest.raises(ValueError, match="another layer"):
        decode_index(RAW, "sha256:" + "6" * 64)


def test_another_version_is_refused():
    with pytest.raises(ValueError, match="another version"):
        decode_index(RAW.replace(b"layer 1", b"layer 2", 1), DIGEST)


@pytest.mark.parametrize("length", range(0, len(RAW), 5))
def test_half_an_index_is_none(length: int):
    with pytest.raises(ValueError):
        decode_index(RAW[:length], DIGEST)


def test_more_than_an_index_is_none():
    with pytest.raises(ValueError):
        decode_index(RAW + b"x", DIGEST)


def test_more_within_an_index_is_none():
    assert decode_index(sealed(body()), DIGEST) == INDEX
    for raw in (sealed(body() + bytes(8)), sealed(body(), after=b"x")):
        with pytest.raises(ValueError):
            decode_index(raw, DIGEST)


@pytest.mark.parametrize("at", range(0, len(RAW), 3))
def test_a_damaged_index_is_none(at: int):
    raw = bytearray(RAW)
    raw[at] ^= 0x10

    with pytest.raises(ValueError):
        decode_index(bytes(raw), DIGEST)


@given(st.binary(max_size=200))
def test_anything_else_is_none(data: bytes):
    for raw in (data, b"portcall layer 1\n" + data, sealed(data)):
        with pytest.raises(ValueError):
            decode_index(raw, DIGEST)


def test_an_index_that_unpacks_to_too_much_is_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(codec, "_LARGEST", 1000)
    decode_index(encode_index(replace(INDEX, entries=(), chunks={})), DIGEST)

    with pytest.raises(ValueError, match="too large"):
        decode_index(encode_index(replace(INDEX, notes=("x" * 1000,))), DIGEST)


def sealed(body: bytes, *, after: bytes = b"") -> bytes:
    """Return columns that are whole, whatever is in them."""
    packed = zlib.compress(body) + after
    return b"portcall layer 1\n" + hashlib.sha256(packed).digest()[:16] + packed


def body(raw: bytes = RAW) -> bytes:
    return zlib.decompress(raw[len(b"portcall layer 1\n") + 16 :])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"gzip"', b'"bzip"'),
        (b'"archive"', b'"akchive"'),
        (b'"verified": true', b'"verified": null'),
        (b'"archive_size": null', b'"archive_size": true'),
        (b'"entries": 2', b'"entries": 9'),
        (b'"entries": 2', b'"entries": 0'),
        (b'"chunked": 1', b'"chunked": 2'),
        (b'"chunked": 1', b'"chunked": 0'),
        (b'"notes": ["odd"]', b'"notes": "odddd"'),
        (b'"notes": ["odd"]', b'"notes": [77777]'),
        (b'{"digest"', b'["digest"'),
        (bytes([2, 0, 0, 0, 0, 0, 0, 0, 0, 2]), bytes([2, 0, 0, 0, 0, 0, 0, 0, 0, 9])),
        ((5).to_bytes(8, "little") + bytes(8), (-5).to_bytes(8, "little", signed=True) + bytes(8)),
        ((512).to_bytes(8, "little"), (-9).to_bytes(8, "little", signed=True)),
        ((10).to_bytes(8, "little") + (2).to_bytes(8, "little"), (13).to_bytes(8, "little") + bytes(8)),
        ((10).to_bytes(8, "little") + (2).to_bytes(8, "little"), b"\xff" * 8 + (2).to_bytes(8, "little")),
        (b"\2\0\0\0\0\0\0\0\1\0", b"\2\0\0\0\0\0\0\0\3\0"),
        (b"\2\0\0\0\0\0\0\0\1\0", b"\2\0\0\0\0\0\0\0\1\2"),
        (b"etc/passwd", b"etc/\xff\xff\xff\xff\xff\xff"),
        ((9).to_bytes(8, "little"), (-1).to_bytes(8, "little", signed=True)),
    ],
)
def test_nothing_in_it_is_believed_unchecked(old: bytes, new: bytes):
    whole = body()
    assert old in whole

    with pytest.raises(ValueError):
        decode_index(sealed(whole.replace(old, new, 1)), DIGEST)


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry._replace(mtime=1 << 63),
        lambda entry: entry._replace(size=-(1 << 63) - 1),
        lambda entry: entry._replace(digest=b"short"),
    ],
)
def test_what_has_no_room_is_not_written(change: Callable[[Any], Any]):
    with pytest.raises(ValueError):
        encode_index(replace(INDEX, entries=(change(FILE),), chunks={}))
