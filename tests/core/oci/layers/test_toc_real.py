"""Layers that the formats' own libraries wrote: stargz-snapshotter's estargz, containers/storage's compressor."""

from __future__ import annotations

import gzip
import io
import json
import tarfile

import pytest
import zstandard
from tests.core.oci.layers.toc_cases import ARCHIVE, FILES, Stored, expected, real

from portcall.testing import Layer, estargz, zstd_chunked

LAYERS = ["estargz", "estargz-shared", "zstd-chunked", "zstd-chunked-stargz"]


@pytest.fixture(params=LAYERS)
def stored(request: pytest.FixtureRequest) -> Stored:
    return Stored(real(request.param))


def test_their_entries_are_those_of_the_archive(stored: Stored):
    index = stored.index()
    assert list(index.entries) == expected()
    assert index.source == ("zstd:chunked" if "zstd" in stored.layer.compression else "estargz")
    assert index.compression == stored.layer.compression
    assert index.verified
    assert not index.notes


def test_their_files_are_read_whole(stored: Stored):
    index = stored.index()
    assert {path: stored.part(index, path) for path in FILES} == FILES


@pytest.mark.parametrize(("start", "length"), [(0, 1), (4999, 2), (5000, 1), (5006, 700), (10_000, 5000)])
def test_their_files_are_read_in_part(stored: Stored, start: int, length: int):
    index = stored.index()
    for path in ("usr/share/lines", "usr/share/holes"):
        assert stored.part(index, path, start, length) == FILES[path][start : start + length]


def test_only_what_a_part_needs_is_fetched(stored: Stored):
    index = stored.index()
    stored.asked.clear()
    stored.part(index, "etc/os-release")
    ((_, length),) = stored.asked
    assert length < 700


def test_a_small_table_takes_one_request(stored: Stored):
    stored.index()
    assert len(stored.asked) == 1


def test_zeros_are_not_fetched():
    stored = Stored(real("zstd-chunked"))
    index = stored.index()
    stored.asked.clear()
    assert stored.part(index, "usr/share/holes", 6, 5000) == bytes(5000)
    assert not stored.asked


def test_small_files_that_share_a_gzip_member_are_told_apart():
    stored = Stored(real("estargz-shared"))
    chunks = [chunk for found in stored.index().chunks.values() for chunk in found]
    assert len({chunk.blob_offset for chunk in chunks}) < len(chunks)
    assert any(chunk.inner_offset for chunk in chunks)


OURS = {
    "estargz": estargz(tar=ARCHIVE, chunk_size=5000),
    "zstd-chunked": zstd_chunked(tar=ARCHIVE),
    "zstd-chunked-stargz": zstd_chunked(tar=ARCHIVE, names="io.containers"),
}


@pytest.mark.parametrize("name", ["estargz", "zstd-chunked"])
def test_the_builders_tell_what_the_libraries_tell(name: str):
    """Row by row, but for where contents are; zstd:chunked cuts files elsewhere than our builder does."""
    assert told(OURS[name]) == told(real(name))


@pytest.mark.parametrize("name", OURS)
def test_the_builders_annotate_as_the_libraries_do(name: str):
    assert set(real(name).annotations or {}) >= set(OURS[name].annotations or {})


def told(layer: Layer) -> list[dict[str, object]]:
    """Return the rows of a layer's table of contents, read with nothing of ours."""
    where = {"offset", "endOffset"}
    rows = [row for row in table(layer)["entries"] if "landmark" not in str(row["name"])]
    if layer.compression == "zstd":
        where |= {"chunkSize", "chunkOffset", "chunkDigest", "chunkType"}
        rows = [row for row in rows if row["type"] != "chunk"]
    return [{key: value for key, value in row.items() if key not in where} for row in rows]


def table(layer: Layer) -> dict[str, list[dict[str, object]]]:
    if layer.compression == "zstd":
        place = next(
            value for key, value in (layer.annotations or {}).items() if key.endswith("manifest-position")
        )
        start, length, size, _ = (int(number) for number in place.split(":"))
        raw = zstandard.ZstdDecompressor().decompress(layer.blob[start : start + length], max_output_size=size)
    else:
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(layer.blob))) as tar:
            found = tar.extractfile("stargz.index.json")
            assert found
            raw = found.read()
    document: dict[str, list[dict[str, object]]] = json.loads(raw)
    return document
