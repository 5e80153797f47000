"""What a table of contents may say, and what makes it nonsense of which nothing is believed."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import pytest
from tests.core.oci.layers.toc_cases import LINES, Stored

from portcall.oci.layers.entry import LayerEntry
from portcall.testing import DELETED, Layer, directory, estargz, file, symlink, zstd_chunked

Bend = Callable[[dict[str, Any]], Mapping[str, Any] | bytes]
FORMATS: dict[str, Callable[..., Layer]] = {"estargz": estargz, "zstd:chunked": zstd_chunked}
SHA = "sha256:" + "0" * 64


@pytest.fixture(params=FORMATS)
def build(request: pytest.FixtureRequest) -> Callable[..., Layer]:
    return FORMATS[request.param]


def told(*rows: Mapping[str, Any], **fields: Any) -> LayerEntry | None:
    """Return the first entry of a table with these rows; ``None`` where the table is not believed."""
    first = {"name": "a", "type": "dir", **rows[0]} if rows else {"name": "a", "type": "dir"}
    document = {"version": 1, "entries": [first, *rows[1:]], **fields}
    index = Stored(estargz(toc=lambda _: document)).toc()
    return index.entries[0] if index else None


def bent(build: Callable[..., Layer], path: str, **fields: Any) -> Layer:
    """Return a layer with one file, a link and a large file, of which one row is altered."""

    def bend(document: dict[str, Any]) -> dict[str, Any]:
        row = next(row for row in document["entries"] if row["name"] == path)
        row |= fields
        document["entries"] = [
            {key: value for key, value in row.items() if value is not ...} for row in document["entries"]
        ]
        return document

    return build({"one": b"one", "many": LINES, "link": symlink("one")}, chunk_size=4000, toc=bend)


def test_the_unbent_table_is_believed(build: Callable[..., Layer]):
    assert Stored(bent(build, "one")).toc() is not None


# Names


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("./", ""),
        ("/", ""),
        ("./a/", "a"),
        ("/a//b/", "a/b"),
        ("a/../../b", "b"),
        ("é", "é"),
        ("\ufffd", "\ufffd"),
    ],
)
def test_names_are_cleaned_as_in_an_archive(name: str, path: str):
    found = told({"name": name})
    assert found
    assert found.path == path


def test_odd_names_are_noted(build: Callable[..., Layer]):
    """In the words that a reader of archives has for them."""
    names = ["../a", "b/../../c", "/d", "\ufffd", "\ufffdx", "\ufffdy", "d"]
    index = Stored(
        build(toc=lambda _: {"version": 1, "entries": [{"name": n, "type": "dir"} for n in names]})
    ).index()
    assert index.notes == (
        "2 names climb above the root",
        "1 name is absolute",
        "3 names are no UTF-8, and told with U+FFFD instead",
    )


def test_half_a_surrogate_pair_is_no_byte_of_a_name():
    """Go writes U+FFFD for it; in Python's names it would stand for a byte that nobody wrote."""
    index = Stored(estargz(toc=lambda _: b'{"version":1,"entries":[{"name":"a\\udc80","type":"dir"}]}')).index()
    assert index.entries[0].path == "a\ufffd"
    index.entries[0].path.encode()


@pytest.mark.parametrize("name", [None, 7, ["a"], "a\0b"])
def test_a_name_that_is_none_spoils_the_table(name: object):
    assert told({"name": name}) is None


def test_files_for_the_format_alone_are_left_out():
    for name in (".prefetch.landmark", ".no.prefetch.landmark", "./.no.prefetch.landmark"):
        index = Stored(estargz({"a": b"1", "etc/stargz.index.json": b"mine"}, landmark=name)).index()
        assert [entry.path for entry in index.entries] == ["a", "etc", "etc/stargz.index.json"]
        assert set(index.chunks) == {0, 2}


def test_podmans_format_has_no_files_of_its_own():
    index = Stored(zstd_chunked({".prefetch.landmark": b"1"})).index()
    assert [entry.path for entry in index.entries] == [".prefetch.landmark"]


def test_whiteouts_are_entries_like_any_other(build: Callable[..., Layer]):
    entries = Stored(build({"opt/old": DELETED})).index().entries
    assert "opt/old" in [entry.deleted for entry in entries]


def test_repeated_names_stay_repeated_in_order(build: Callable[..., Layer]):
    stored = Stored(build([("a", b"first"), ("a", b"second"), ("a", directory())]))
    index = stored.index()
    assert [entry.kind for entry in index.entries if entry.path == "a"] == ["file", "file", "directory"]
    assert [entry.size for entry in index.entries if entry.path == "a"] == [5, 6, 0]


# Fields


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2024-05-01T12:00:00Z", 1714564800),
        ("2024-05-01T14:00:00.123456789+02:00", 1714564800),
        ("1969-12-31T23:59:58Z", -2),
        ("0001-01-01T00:00:00Z", 0),
        ("yesterday", 0),
        (None, 0),
        (["2024"], 0),
    ],
)
def test_times_are_seconds(text: object, seconds: int):
    found = told({"modtime": text})
    assert found
    assert found.mtime == seconds


def test_modes_are_permissions_without_the_kind():
    """Some writers tell the whole ``st_mode``."""
    found = told({"mode": 0o41777})
    assert found
    assert found.mode == 0o1777


@pytest.mark.parametrize("field", ["mode", "uid", "gid"])
@pytest.mark.parametrize("value", [-1, 1.5, "7", True, 1 << 70, [], {}])
def test_a_number_that_is_none_spoils_the_table(field: str, value: object):
    assert told({field: value}) is None


def test_nothing_is_a_number_that_was_not_told():
    found = told({"uid": None, "xattrs": None})
    assert found
    assert found.uid == 0


@pytest.mark.parametrize("kind", [None, "", "file", "REG", 7, [], {}, "chunk"])
def test_an_unknown_type_spoils_the_table(kind: object):
    assert told({"type": kind}) is None


@pytest.mark.parametrize("name", ["Name", "LINKNAME", "chunkdigest", "Type"])
def test_fields_that_differ_in_case_alone_spoil_the_table(name: str):
    """Go, in which engines are written, would take them for the known ones."""
    assert told({name: "x"}) is None


def test_unknown_fields_are_no_matter():
    assert told({"future": {"deep": [1]}}, tarSplitDigest=SHA, more=[1, {"a": 2}])


@pytest.mark.parametrize("target", [None, 7, "a\0b"])
@pytest.mark.parametrize("kind", ["symlink", "hardlink"])
def test_a_link_without_a_target_spoils_the_table(kind: str, target: object):
    assert told({"type": kind, "linkName": target}) is None


def test_targets_of_hard_links_alone_are_paths_from_the_root():
    for kind, target in (("hardlink", "b/c"), ("symlink", "/./b//c")):
        found = told({"type": kind, "linkName": "/./b//c"})
        assert found
        assert found.target == target


# The document


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b'{"version":1',
        b'{"version":1}x',
        b'{"version":1,}',
        b'{"version":2,"entries":[]}',
        b'{"version":true,"entries":[]}',
        b'{"version":1.0,"entries":[]}',
        b'{"version":"1","entries":[]}',
        b'{"entries":[]}',
        b'{"version":1,"entries":{}}',
        b'{"version":1,"entries":[]',
        b'{"version":1,"entries":[1]}',
        b'{"version":1,"entries":[{},]}',
        b'{"version":1,"entries":[,]}',
        b'{"version":1,"entries":[] "a":1}',
        b'{"version":1,"Entries":[]}',
        b'{"version":1,"VERSION":2}',
        b'{"version":1,"entries":[],"entries":[]}',
        b'{"version":1,"x":NaN}',
        b'{"version":1,"x":"\xff"}',
        b'{"version":1,7:1}',
        b'{"version":1,"x":' + b"9" * 5000 + b"}",
        b'{"version":1,"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"\xef\xbb\xbf" + b'{"version":1,"entries":[]}',
    ],
)
def test_a_document_of_another_shape_is_no_table(raw: bytes):
    assert Stored(estargz(toc=lambda _: raw)).toc() is None


@pytest.mark.parametrize(
    "raw", [b'{"version":1}', b'{"version":1,"entries":null}', b' {\n"entries" : [ ] ,\t"version": 1 }\r\n ']
)
def test_an_empty_table_is_one(raw: bytes):
    assert Stored(estargz(toc=lambda _: raw)).index().entries == ()


def test_a_table_larger_than_what_is_looked_at_at_once_is_read_to_its_end():
    rows = [{"name": f"é{number}" + "x" * (number * 37 % 3000), "type": "dir"} for number in range(2000)]
    document = {"future": ["y" * 700_000], "version": 1, "entries": rows}
    for raw in (json.dumps(document, ensure_ascii=False, indent=3).encode(), json.dumps(document).encode()):
        assert len(raw) > 3 << 20
        index = Stored(zstd_chunked(toc=lambda _, raw=raw: raw)).index()
        assert [entry.path for entry in index.entries] == [row["name"] for row in rows]


def test_a_table_may_be_cut_anywhere_by_what_is_looked_at_at_once():
    """Within a character of several bytes, or between two marks."""
    rows = [{"name": "€" * 1000 + str(number), "type": "dir"} for number in range(1500)]
    raw = json.dumps({"version": 1, "entries": rows}, ensure_ascii=False).encode()
    assert len(Stored(zstd_chunked(toc=lambda _: raw)).index().entries) == 1500
    marks = [
        b"{",
        b'"version"',
        b":",
        b"1",
        b",",
        b'"entries"',
        b":",
        b"[",
        b'{"name":"a","type":"dir"}',
        b",",
        b'{"name":"b",',
    ]
    marks += [b'"type":"dir"}', b"]", b"}"]
    space = b" " * (1 << 19)
    assert len(Stored(zstd_chunked(toc=lambda _: space.join(marks))).index().entries) == 2
    assert Stored(zstd_chunked(toc=lambda _: space.join([*marks, b"", b"", b"x"]))).toc() is None


def test_a_small_table_cannot_take_much_memory():
    """32 MiB of JSON made of the smallest values would be half a gigabyte once parsed; it is 1 KiB as stored."""
    stored = Stored(zstd_chunked(toc=lambda _: b'{"version":1,"x":[' + b"[]," * (8 << 20) + b"[]]}"))
    tracemalloc.start()
    assert stored.toc() is None
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 150 << 20


# Where contents are


@pytest.mark.parametrize(
    "fields",
    [
        {"offset": -1},
        {"offset": "9"},
        {"offset": 1 << 40},
        {"offset": ...},
        {"size": 0},
        {"size": 1 << 62},
        {"chunkOffset": 1},
        {"chunkSize": 1},
        {"chunkSize": 1 << 50},
        {"innerOffset": -5},
        {"chunkType": "ones"},
        {"chunkType": ["zeros"]},
        {"endOffset": 1},
        {"endOffset": 1 << 40},
    ],
    ids=str,
)
def test_pieces_that_are_not_all_of_a_file_or_are_elsewhere_spoil_the_table(
    build: Callable[..., Layer], fields: dict[str, Any]
):
    assert Stored(bent(build, "many", **fields)).toc() is None


def test_a_piece_after_the_end_of_a_file_spoils_the_table(build: Callable[..., Layer]):
    def bend(document: dict[str, Any]) -> dict[str, Any]:
        last = next(row for row in reversed(document["entries"]) if row["type"] == "chunk")
        after = {**last, "chunkOffset": len(LINES), "chunkSize": 0}
        document["entries"].insert(document["entries"].index(last) + 1, after)
        return document

    assert Stored(build({"many": LINES}, chunk_size=4000, toc=bend)).toc() is None


def test_a_piece_ends_where_the_table_says_so_or_else_where_the_next_begins():
    """Between the contents of two files there are the second one's headers, in a frame of their own."""
    stored = Stored(zstd_chunked({"a": b"a", "b": b"b"}))
    first, second = (chunks[0] for chunks in stored.index().chunks.values())
    assert first.blob_offset + first.blob_size < second.blob_offset
    stored = Stored(estargz({"a": b"a", "b": b"b"}, landmark=None))
    first, second = (chunks[0] for chunks in stored.index().chunks.values())
    assert first.blob_offset + first.blob_size == second.blob_offset


@pytest.mark.parametrize("digest", ["digest", "chunkDigest"])
def test_a_file_in_one_piece_has_one_digest(digest: str):
    assert Stored(bent(estargz, "one", **{digest: SHA})).toc() is None


@pytest.mark.parametrize("change", ["another name", "no file before", "a directory before"])
def test_a_piece_belongs_to_the_file_before_it(build: Callable[..., Layer], change: str):
    def bend(document: dict[str, Any]) -> dict[str, Any]:
        rows = document["entries"]
        at = next(number for number, row in enumerate(rows) if row["type"] == "chunk")
        if change == "another name":
            rows[at]["name"] = "other"
        elif change == "no file before":
            rows.insert(0, rows.pop(at))
        else:
            rows.insert(at, {"name": "many", "type": "dir"})
        return document

    assert Stored(build({"many": LINES}, chunk_size=4000, toc=bend)).toc() is None


@pytest.mark.parametrize("digest", [..., "", "md5:0", "sha512:" + "0" * 128, 7])
def test_a_file_for_which_no_digest_vouches_is_listed_but_not_read_by_pieces(
    build: Callable[..., Layer], digest: object
):
    index = Stored(bent(build, "many", digest=digest, chunkDigest=digest)).index()
    (number,) = (number for number, entry in enumerate(index.entries) if entry.path == "many")
    assert index.entries[number].digest is None
    assert number not in index.chunks


def test_the_digest_of_a_file_in_one_piece_vouches_for_it_alone(build: Callable[..., Layer]):
    stored = Stored(bent(build, "one", chunkDigest=...))
    assert stored.part(stored.index(), "one") == b"one"


def test_pieces_that_are_too_large_to_be_checked_whole_are_not_offered():
    size = (128 << 20) + 1
    content = b"".join(sha256(bytes([number])).digest() for number in range(200))
    index = Stored(zstd_chunked({"huge": content}, toc=lambda document: _resized(document, size))).index()
    assert index.entries[0].size == size
    assert not index.chunks


def _resized(document: dict[str, Any], size: int) -> dict[str, Any]:
    document["entries"][0]["size"] = size
    return document


def test_empty_files_have_their_digest_all_the_same(build: Callable[..., Layer]):
    index = Stored(build({"empty": file(b"")})).index()
    assert index.entries[0].digest is not None
    assert index.entries[0].digest.hex().startswith("e3b0c442")
