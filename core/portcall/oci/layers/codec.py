"""A layer's index as bytes, for caches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast, get_args

from portcall.models.layers import EntryKind
from portcall.oci.layers.columns import ColumnReader, ColumnWriter
from portcall.oci.layers.entry import LayerEntry
from portcall.oci.layers.index import Chunk, LayerIndex

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Counts up with every change of the columns, or of what they mean: what older versions wrote is read anew.
_MAGIC = b"portcall layer 1\n"
#: What an index may unpack to: half a million entries and 256 MiB of names have their place in it.
_LARGEST = 512 << 20
_KINDS: tuple[EntryKind, ...] = get_args(EntryKind)
_COMPRESSIONS, _SOURCES = ("gzip", "zstd", "none"), ("archive", "estargz", "zstd:chunked")
#: size, mode, uid, gid, mtime.
_NUMBERS = 5
_PLACES = ("file_offset", "size", "blob_offset", "blob_size", "inner_offset")


def encode_index(index: LayerIndex) -> bytes:
    """Return an index as bytes, the same ones for the same index.

    Raises:
        ValueError: A number in it is too large, or a digest no SHA-256.
    """
    columns = ColumnWriter()
    columns.data(json.dumps(_head(index)).encode())
    rows = list(zip(*index.entries, strict=True)) or [()] * len(LayerEntry._fields)
    paths, kinds, *numbers, targets, digests, offsets = rows
    columns.texts(paths)
    columns.data(bytes(map(_KINDS.index, kinds)))
    for column in numbers:
        columns.integers(column)
    columns.texts(targets)
    columns.digests(digests)
    columns.integers([-1 if offset is None else offset for offset in offsets])
    _write_chunks(columns, index.chunks)
    return _MAGIC + columns.finish()


def decode_index(raw: bytes, digest: str) -> LayerIndex:
    """Return the index of the layer that ``digest`` names.

    Raises:
        ValueError: ``raw`` is not such an index, written by this very version of the codec.
    """
    if not raw.startswith(_MAGIC):
        raise ValueError("this is no index, or one of another version")
    columns = ColumnReader(raw[len(_MAGIC) :], _LARGEST)
    head = _checked(columns.data(), digest)
    index = LayerIndex(
        digest=digest,
        entries=_read_entries(columns, head["entries"]),
        compression=head["compression"],
        source=head["source"],
        verified=head["verified"],
        archive_size=head["archive_size"],
        chunks=_read_chunks(columns, head["chunked"], head["entries"]),
        notes=tuple(head["notes"]),
    )
    columns.finish()
    return index


def _head(index: LayerIndex) -> dict[str, Any]:
    return {
        "digest": index.digest,
        "compression": index.compression,
        "source": index.source,
        "verified": index.verified,
        "archive_size": index.archive_size,
        "notes": index.notes,
        "entries": len(index.entries),
        "chunked": len(index.chunks),
    }


def _checked(raw: bytes, digest: str) -> dict[str, Any]:
    try:
        head = json.loads(raw)
    except RecursionError:
        head = None
    if not isinstance(head, dict) or head.get("digest") != digest:
        raise ValueError("this is no index, or that of another layer")
    if head.get("compression") not in _COMPRESSIONS or head.get("source") not in _SOURCES:
        raise ValueError("the layer is packed in a way that is not known")
    notes, size, is_verified = head.get("notes"), head.get("archive_size"), head.get("verified")
    if not isinstance(notes, list) or not all(isinstance(note, str) for note in notes):
        raise ValueError("its notes are no texts")
    if not isinstance(is_verified, bool) or not (size is None or _is_count(size)):
        raise ValueError("its head is broken")
    if not _is_count(head.get("entries")) or not _is_count(head.get("chunked")):
        raise ValueError("it has no number of entries")
    return head


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63


def _read_entries(columns: ColumnReader, count: int) -> tuple[LayerEntry, ...]:
    paths = columns.texts(count)
    kinds = columns.data(count)
    sizes, *numbers = [columns.integers(count) for _ in range(_NUMBERS)]
    targets, digests, offsets = columns.texts(count), columns.digests(count), columns.integers(count)
    if max(kinds, default=0) >= len(_KINDS) or None in paths:
        raise ValueError("an entry has no kind or no path")
    if min(sizes, default=0) < 0 or min(offsets, default=0) < -1:
        raise ValueError("an entry has less than no bytes")
    places = [None if offset < 0 else offset for offset in offsets]
    named = map(_KINDS.__getitem__, kinds)
    # None was looked for among the paths above.
    return tuple(map(LayerEntry, cast("list[str]", paths), named, sizes, *numbers, targets, digests, places))


def _write_chunks(columns: ColumnWriter, chunks: Mapping[int, tuple[Chunk, ...]]) -> None:
    numbers = sorted(chunks)
    columns.integers(numbers)
    columns.integers([len(chunks[number]) for number in numbers])
    flat = [chunk for number in numbers for chunk in chunks[number]]
    for field in _PLACES:
        columns.integers([getattr(chunk, field) for chunk in flat])
    columns.digests([chunk.digest for chunk in flat])


def _read_chunks(columns: ColumnReader, count: int, entries: int) -> dict[int, tuple[Chunk, ...]]:
    numbers, lengths = columns.integers(count), columns.integers(count)
    if any(not 0 <= number < entries for number in numbers) or len(set(numbers)) < count:
        raise ValueError("chunks belong to no entry")
    if min(lengths, default=0) < 0:
        raise ValueError("there are fewer than no chunks")
    total = sum(lengths)
    places = [columns.integers(total) for _ in _PLACES]
    if any(min(column, default=0) < 0 for column in places):
        raise ValueError("a chunk has less than no bytes")
    rows = zip(*places, columns.digests(total), strict=True)
    chunks = (Chunk(**dict(zip((*_PLACES, "digest"), row, strict=True))) for row in rows)
    return {
        number: tuple(next(chunks) for _ in range(length)) for number, length in zip(numbers, lengths, strict=True)
    }
