"""Whatever is in a layer, or in what is said of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.oci.layers.toc_cases import LINES, Stored, altered

from portcall.errors import PortcallError
from portcall.oci.layers.index import LayerIndex
from portcall.testing import Layer, Node, directory, estargz, fifo, file, hardlink, symlink, zstd_chunked

QUICK = settings(max_examples=60, deadline=None)
NAMES = st.lists(st.text("ab.é", min_size=1, max_size=3), min_size=1, max_size=3).map("/".join)
CONTENTS = st.binary(max_size=40) | st.integers(0, 4000).map(bytes) | st.integers(1, 900).map(lambda n: LINES[:n])
NODES: st.SearchStrategy[Node] = st.one_of(
    st.builds(
        file, CONTENTS, mode=st.integers(0, 0o7777), uid=st.integers(0, 1 << 30), mtime=st.integers(1, 1 << 32)
    ),
    st.builds(symlink, NAMES),
    st.builds(hardlink, NAMES),
    st.builds(directory, mode=st.integers(0, 0o7777)),
    st.builds(fifo),
)
TREES = st.lists(st.tuples(NAMES, NODES), max_size=8)

NUMBERS = st.none() | st.integers(-3, 5000) | st.integers(-(1 << 65), 1 << 65) | st.floats(allow_nan=False)
ODD = st.none() | st.booleans() | NUMBERS | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
DIGESTS = st.sampled_from(["", "sha256:" + "0" * 64, "sha256:" + "g" * 64, "sha512:00"]) | ODD
ROWS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text(max_size=6) | st.sampled_from(["a", "b", ".prefetch.landmark"]) | ODD,
        "type": st.sampled_from(["reg", "reg", "chunk", "chunk", "dir", "symlink", "hardlink", "char", "fifo"])
        | ODD,
        "linkName": ODD,
        "modtime": st.sampled_from(["2024-05-01T12:00:00Z", "9999-12-31T23:59:59-23:59"]) | ODD,
        "xattrs": ODD,
        "chunkType": st.sampled_from(["zeros", ""]) | ODD,
        **dict.fromkeys(["digest", "chunkDigest"], DIGESTS),
        **dict.fromkeys(["size", "offset", "endOffset", "innerOffset", "chunkOffset", "chunkSize"], NUMBERS),
        **dict.fromkeys(["mode", "uid", "gid"], NUMBERS),
        **dict.fromkeys(["Name", "future"], ODD),
    },
)
#: Values by which a sound row is bent.
FIELDS = st.sampled_from(
    ["size", "offset", "endOffset", "innerOffset", "chunkOffset", "chunkSize", "type", "name"]
)


def read_all(stored: Stored) -> LayerIndex | None:
    """Read all that a layer's table of contents offers; nothing but our own errors may come of it."""
    try:
        index = stored.toc()
    except PortcallError:
        return None
    for number in index.chunks if index else ():
        assert index
        with suppress(PortcallError):
            stored.part(index, index.entries[number].path, 0, 10_000)
    return index


@QUICK
@given(TREES, st.integers(1, 900), st.sampled_from([0, 700, 5000]))
def test_estargz_gives_back_what_was_put_in(tree: list[tuple[str, Node]], chunk_size: int, member_size: int):
    gives_back(Stored(estargz(tree, chunk_size=chunk_size, member_size=member_size)), tree)


@QUICK
@given(TREES, st.integers(1, 2000), st.sampled_from(["io.github.containers", "io.containers"]))
def test_zstd_chunked_gives_back_what_was_put_in(tree: list[tuple[str, Node]], chunk_size: int, names: Any):
    gives_back(Stored(zstd_chunked(tree, chunk_size=chunk_size, names=names)), tree)


def gives_back(stored: Stored, tree: list[tuple[str, Node]]) -> None:
    index = stored.index()
    assert [(entry.kind, entry.size, entry.mode) for entry in index.entries] == [
        (node.kind, len(node.content), node.mode) for _, node in tree
    ]
    for number, (_, node) in enumerate(tree):
        only = LayerIndex(index.digest, (index.entries[number],), index.compression, chunks=_of(index, number))
        for start, length in ((0, 1 << 20), (len(node.content) // 2, 300)):
            assert stored.part(only, only.entries[0].path, start, length) == node.content[start : start + length]


def _of(index: LayerIndex, number: int) -> dict[int, Any]:
    return {0: index.chunks[number]} if number in index.chunks else {}


@QUICK
@given(st.sampled_from([estargz, zstd_chunked]), st.lists(ROWS, max_size=6))
def test_no_table_makes_us_stumble_or_reach_beyond_the_layer(
    build: Callable[..., Layer], rows: list[dict[str, Any]]
):
    read_all(Stored(build({"a": LINES}, toc=lambda _: {"version": 1, "entries": rows})))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([estargz, zstd_chunked]), st.data())
def test_a_table_that_is_nearly_right_does_not_either(build: Callable[..., Layer], data: st.DataObject):
    def bend(document: dict[str, Any]) -> dict[str, Any]:
        rows = document["entries"]
        for _ in range(data.draw(st.integers(1, 3))):
            row = rows[data.draw(st.integers(0, len(rows) - 1))]
            row[data.draw(FIELDS)] = data.draw(st.integers(0, 12_000) | NUMBERS | ODD)
        return document

    stored = Stored(build({"a": LINES, "b": bytes(3000) + b"b", "c": b"c"}, chunk_size=1000, toc=bend))
    index = read_all(stored)
    for chunks in index.chunks.values() if index else ():
        assert all(chunk.blob_offset + chunk.blob_size <= stored.layer.size for chunk in chunks)


@QUICK
@given(st.sampled_from([estargz, zstd_chunked]), st.integers(0, 1 << 20), st.binary(min_size=1, max_size=20))
def test_bytes_that_were_altered_are_never_told(build: Callable[..., Layer], at: int, other: bytes):
    """Wherever they are: what is read is what was put in, or an error."""
    built = build({"a": LINES, "b": b"b" * 300}, chunk_size=3000)
    at %= built.size
    stored = Stored(altered(built, (built.blob[:at] + other + built.blob[at + len(other) :])[: built.size]))
    try:
        index = stored.toc()
        told = {entry.path: stored.part(index, entry.path) for entry in index.entries} if index else {}
    except PortcallError:
        return
    assert not told or told == {"a": LINES, "b": b"b" * 300}


@QUICK
@given(
    st.sampled_from([estargz, zstd_chunked]), st.binary(max_size=60) | st.recursive(ODD, st.lists).map(json.dumps)
)
def test_no_document_makes_us_stumble(build: Callable[..., Layer], raw: bytes | str):
    written = raw if isinstance(raw, bytes) else raw.encode()
    read_all(Stored(build({"a": b"a"}, toc=lambda _: written)))
    read_all(Stored(build({"a": b"a"}, toc=lambda _: b'{"version":1,"entries":' + written + b"}")))
