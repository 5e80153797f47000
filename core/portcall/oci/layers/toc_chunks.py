"""Where the pieces of files are in a layer, as its table of contents tells."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from portcall.oci.layers.index import Chunk
from portcall.oci.layers.toc_rows import TocFault

if TYPE_CHECKING:
    from collections.abc import Sequence

#: A piece that takes more than this, stored or unpacked, is not fetched by itself: it can only be used whole,
#: since its digest is that of all of it. Pieces are 4 MiB (eStargz) or some 64 KiB (zstd:chunked), unless the
#: writer was told otherwise.
MOST_STORED, MOST_UNPACKED = 32 << 20, 128 << 20
#: How many bytes one stored byte can stand for: zstd repeats a byte 131,072 times with four, gzip does less.
_MOST_RATIO = 1 << 15


class Piece(NamedTuple):
    """A row's word on a part of a file: :class:`Chunk`, but for its end, which no row tells."""

    file_offset: int
    size: int
    blob_offset: int
    inner_offset: int
    digest: bytes | None
    is_hole: bool


class PiecedFile(NamedTuple):
    """A file that has contents: the number of its entry, unless it has none, and its pieces in order.

    ``end`` is where, as stored, the last piece ends; the next file's first piece begins somewhat later.
    """

    number: int | None
    size: int
    digest: bytes | None
    end: int | None
    pieces: list[Piece]


def chunks_of(files: Sequence[PiecedFile], data_end: int) -> dict[int, tuple[Chunk, ...]]:
    """Return the chunks of each file that can be read, and checked, by its chunks alone.

    Raises:
        TocFault: Pieces overlap, leave something out, or are not where contents are.
    """
    starts = sorted({piece.blob_offset for file in files for piece in file.pieces} | {data_end})
    found = {}
    for file in files:
        chunks = _chunks(file, starts)
        if file.number is not None and all(_is_usable(chunk) for chunk in chunks):
            found[file.number] = chunks
    return found


def _is_usable(chunk: Chunk) -> bool:
    if not chunk.blob_size:
        return True
    unpacked = chunk.inner_offset + chunk.size
    return chunk.digest is not None and chunk.blob_size <= MOST_STORED and unpacked <= MOST_UNPACKED


def _chunks(file: PiecedFile, starts: Sequence[int]) -> tuple[Chunk, ...]:
    at = 0
    chunks = []
    for piece in file.pieces:
        size = piece.size or file.size - at
        if piece.file_offset != at or size <= 0:
            raise TocFault("the pieces of a file overlap, or leave something out")
        chunks.append(_chunk(piece, size, _end(piece, file.end, starts)))
        at += size
    if at != file.size:
        raise TocFault("the pieces of a file are not all of it")
    return tuple(chunks) if len(chunks) > 1 else (_only(chunks[0], file),)


def _end(piece: Piece, told: int | None, starts: Sequence[int]) -> int:
    """Return where, as stored, a piece ends: where the next one begins, of whatever file, or what is told."""
    if piece.blob_offset == 0 and piece.inner_offset == 0:
        raise TocFault("a piece is where the first header has to be")
    after = bisect_right(starts, piece.blob_offset)
    if after == len(starts) or (told is not None and not piece.blob_offset < told <= starts[-1]):
        raise TocFault("a piece is not where contents are")
    return starts[after] if told is None else min(starts[after], told)


def _chunk(piece: Piece, size: int, end: int) -> Chunk:
    stored = end - piece.blob_offset
    if piece.inner_offset + size > stored * _MOST_RATIO:
        raise TocFault("a piece holds more than can be packed into it")
    if piece.is_hole:
        return Chunk(piece.file_offset, size, piece.blob_offset, 0, 0, None)
    return Chunk(piece.file_offset, size, piece.blob_offset, stored, piece.inner_offset, piece.digest)


def _only(chunk: Chunk, file: PiecedFile) -> Chunk:
    """Return a file's only chunk, for which the file's digest vouches as well as its own."""
    if not chunk.blob_size:
        return chunk
    if chunk.digest is not None and file.digest is not None and chunk.digest != file.digest:
        raise TocFault("a file's digest is not that of its only piece")
    return chunk._replace(digest=chunk.digest or file.digest)
