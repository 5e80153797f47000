"""Tables of contents within layers: what a layer holds, and any file of it, without the rest of the layer."""

from __future__ import annotations

import asyncio
import hashlib
import json
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from portcall.oci.layers.estargz import fetch_estargz, unpack_estargz
from portcall.oci.layers.index import LayerIndex
from portcall.oci.layers.toc_entries import read_contents
from portcall.oci.layers.toc_part import read_part
from portcall.oci.layers.toc_rows import TocFault
from portcall.oci.layers.zstd_chunked import fetch_zstd_chunked, is_zstd_chunked, unpack_zstd_chunked

if TYPE_CHECKING:
    from collections.abc import Callable

    from portcall.oci.descriptor import Descriptor
    from portcall.oci.layers.bounds import Bounds
    from portcall.oci.layers.stored_toc import FetchRange, StoredToc

__all__ = ["promise", "read_part", "read_toc"]

#: What the names of annotations begin with by which a manifest promises a table of contents.
_PROMISES = ("containerd.io/snapshot/stargz/", "io.github.containers.zstd-chunked.", "io.containers.zstd-chunked.")

#: Stored bytes from which on unpacking and parsing are worth a thread: some 20 ms of work.
_LARGE = 32 << 10
_Result = TypeVar("_Result")


async def read_toc(descriptor: Descriptor, fetch: FetchRange, bounds: Bounds) -> LayerIndex | None:
    """Return what a layer's table of contents tells: eStargz or zstd:chunked.

    Its digest is in the manifest, so that it is what the image's publisher made; engines that pull lazily believe
    it, too. But nobody has compared it with the archive, so that engines that pull the layer whole may unpack
    something else.

    At most two ranges are fetched: with zstd:chunked the table alone, with eStargz the footer before.

    Args:
        descriptor: The layer's, with its annotations, from a manifest that was checked.
        fetch: Fetches bytes of the layer as stored, ``(start, length)``: exactly so many, or it raises.
        bounds: How much the layer may take.

    Returns:
        ``None`` where there is no such table, or none that a digest vouches for, or where it makes no sense: then
        the layer has to be read whole. ``chunks`` are there for files that :func:`read_part` can read. Numbers are
        those of this index: the format's own files are left out, and the archive may number them otherwise.

    Raises:
        DigestMismatchError: The table is not what the manifest vouches for.
    """
    toc = await _fetched(descriptor, fetch)
    if toc is None:
        return None
    try:
        return await _aside(len(toc.stored), partial(_read, toc, bounds))
    except TocFault:
        return None


def promise(descriptor: Descriptor) -> str:
    """Return by which words a manifest vouches for a layer's table of contents; empty where it does not.

    They are the manifest's, not the layer's: another manifest may have the same layer, and vouch for no table, or
    for another one. What one of them vouches for is never told of the other.
    """
    words = sorted(item for item in descriptor.annotations.items() if item[0].startswith(_PROMISES))
    return hashlib.sha256(json.dumps(words).encode()).hexdigest() if words else ""


async def _fetched(descriptor: Descriptor, fetch: FetchRange) -> StoredToc | None:
    # stargz-snapshotter gives zstd layers both formats' annotations.
    media_type = descriptor.media_type
    if is_zstd_chunked(descriptor) and "gzip" not in media_type:
        return await fetch_zstd_chunked(descriptor, fetch)
    return None if "zstd" in media_type else await fetch_estargz(descriptor, fetch)


def _read(toc: StoredToc, bounds: Bounds) -> LayerIndex:
    is_gzip = toc.source == "estargz"
    raw = unpack_estargz(toc) if is_gzip else unpack_zstd_chunked(toc, bounds)
    contents = read_contents(raw, data_end=toc.data_end, bounds=bounds, left_out=toc.left_out)
    return LayerIndex(
        digest=toc.layer,
        entries=contents.entries,
        compression="gzip" if is_gzip else "zstd",
        source=toc.source,
        chunks=contents.chunks,
        notes=contents.notes,
    )


async def _aside(size: int, work: Callable[[], _Result]) -> _Result:
    """Return what ``work()`` returns; for much of it, the event loop goes on meanwhile."""
    return work() if size <= _LARGE else await asyncio.to_thread(work)
