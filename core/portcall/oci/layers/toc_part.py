"""A part of one file, from those pieces of a layer that hold it."""

from __future__ import annotations

import asyncio
import hashlib
import io
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from portcall.errors import DigestMismatchError, TooLargeError, UnsupportedError
from portcall.oci.layers.bounds import Bounds
from portcall.oci.layers.readable import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from portcall.oci.layers.index import Chunk, LayerIndex
    from portcall.oci.layers.readable import Readable
    from portcall.oci.layers.stored_toc import FetchRange

#: Bytes that nobody needs, but that cost less than another request: between two pieces there are tar headers, or
#: zeros, packed.
_GAP = 8 << 10
#: Stored bytes of one request, unless a single piece has more.
_REQUEST = 8 << 20
#: What a part of a file may take beyond its own length: two large pieces that it overlaps at their ends.
_SPARE = 256 << 20
_MOST_REQUESTS = 64
#: Stored bytes from which on unpacking is worth a thread.
_LARGE = 256 << 10


async def read_part(index: LayerIndex, number: int, start: int, length: int, fetch: FetchRange) -> bytes:
    """Return a part of a file's contents; every piece of the layer that was fetched for it has been checked.

    A piece is unpacked as far as its stated size, whatever else may be in it.

    Args:
        index: From :func:`read_toc`.
        number: Of the file's entry; one for which there are ``chunks``, unless the file is empty.
        start: The first byte wanted.
        length: How many; fewer are returned where the file ends before.
        fetch: Fetches bytes of the layer as stored, ``(start, length)``: exactly so many, or it raises.

    Raises:
        DigestMismatchError: A piece is not what the table of contents says.
        UpstreamError: A piece cannot be unpacked.
        TooLargeError: Its pieces would take far more than what is asked for.
        UnsupportedError: The table of contents does not tell where this file's contents are.
    """
    end = min(start + length, index.entries[number].size)
    if start >= end:
        return b""
    if number not in index.chunks:
        raise UnsupportedError(
            f"the table of contents of layer {index.digest[:19]} does not tell where this file's contents are",
            hint="The layer has to be read whole.",
        )
    wanted = [
        each for each in index.chunks[number] if each.file_offset < end and start < each.file_offset + each.size
    ]
    found = {each.file_offset: _zeros(each, start, end) for each in wanted if not each.blob_size}
    for run in _runs(index, [each for each in wanted if each.blob_size], end - start):
        first, last = run[0].blob_offset, max(each.blob_offset + each.blob_size for each in run)
        stored = await fetch(first, last - first)
        work = partial(_parts, index, stored, run, (start, end))
        found |= work() if len(stored) <= _LARGE else await asyncio.to_thread(work)
    return b"".join(found[each.file_offset] for each in wanted)


def _zeros(chunk: Chunk, start: int, end: int) -> bytes:
    return bytes(min(end, chunk.file_offset + chunk.size) - max(start, chunk.file_offset))


def _runs(index: LayerIndex, chunks: Iterable[Chunk], length: int) -> list[list[Chunk]]:
    """Return chunks by the request that fetches them, sorted by where they are."""
    runs: list[list[Chunk]] = []
    end = unpacked = stored = 0
    for _, together in groupby(sorted(chunks, key=_place), key=lambda chunk: chunk.blob_offset):
        member = list(together)
        after = member[0].blob_offset + member[0].blob_size
        unpacked += max(chunk.inner_offset + chunk.size for chunk in member)
        stored += member[0].blob_size
        if runs and member[0].blob_offset - end <= _GAP and after - runs[-1][0].blob_offset <= _REQUEST:
            runs[-1] += member
        else:
            runs.append(member)
        end = after
    if max(unpacked, stored) > length + _SPARE or len(runs) > _MOST_REQUESTS:
        raise TooLargeError(
            f"a file in layer {index.digest[:19]} is in pieces that take far more than what is in them",
            hint="It is made to exhaust whoever reads it; it was not read.",
        )
    return runs


def _place(chunk: Chunk) -> tuple[int, int]:
    return chunk.blob_offset, chunk.inner_offset


def _parts(index: LayerIndex, stored: bytes, run: Sequence[Chunk], window: tuple[int, int]) -> dict[int, bytes]:
    """Return what chunks hold of a window of their file, by where each begins in it."""
    base = run[0].blob_offset
    found = {}
    for offset, together in groupby(run, key=lambda chunk: chunk.blob_offset):
        member = list(together)
        raw = stored[offset - base : offset - base + member[0].blob_size]
        for chunk, content in _unpacked(index, raw, member):
            start, end = (max(edge - chunk.file_offset, 0) for edge in window)
            found[chunk.file_offset] = content[start:end]
    return found


def _unpacked(index: LayerIndex, raw: bytes, chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, bytes]]:
    """Yield the chunks of one gzip member or zstd frame with their bytes, checked."""
    stream = _stream(index, raw)
    at = 0
    for chunk in chunks:
        # Where two overlap, the second comes out wrong, and is refused.
        _take(stream, chunk.inner_offset - at)
        content = _take(stream, chunk.size)
        at = chunk.inner_offset + chunk.size
        if len(content) != chunk.size or hashlib.sha256(content).digest() != chunk.digest:
            raise DigestMismatchError(
                f"a piece of layer {index.digest[:19]} is not what its table of contents says",
                hint="Nothing of it was used. The registry is broken or hostile, or the layer was made so.",
            )
        yield chunk, content


def _stream(index: LayerIndex, raw: bytes) -> Readable:
    # zlib-ng and zstandard are loaded by those who unpack something, each by itself.
    source = Source(io.BytesIO(raw), f"layer {index.digest[:19]}")
    if index.compression == "gzip":
        from portcall.oci.layers.gzip_stream import GzipStream

        return GzipStream(source)
    from portcall.oci.layers.zstd_stream import ZstdStream

    return ZstdStream(source, Bounds().window_bytes)


def _take(stream: Readable, size: int) -> bytes:
    found = bytearray()
    while len(found) < size and (data := stream.read(min(size - len(found), 1 << 20))):
        found += data
    return bytes(found)
