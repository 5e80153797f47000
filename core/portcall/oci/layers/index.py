"""What is in a layer: its entries, and where their contents are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portcall.oci.layers.entry import LayerEntry


class Chunk(NamedTuple):
    """A part of a file that can be fetched and unpacked by itself.

    Args:
        file_offset: Where it begins in the file, bytes.
        size: How many of the file's bytes it holds.
        blob_offset: Where it begins in the layer as stored.
        blob_size: How many stored bytes hold it; 0 where it is nothing but zeros, which nobody has to fetch.
        inner_offset: How many unpacked bytes precede it there: small files may share one gzip member.
        digest: SHA-256 of its bytes, unpacked.
    """

    file_offset: int
    size: int
    blob_offset: int
    blob_size: int
    inner_offset: int
    digest: bytes | None


@dataclass(frozen=True, slots=True)
class LayerIndex:
    """All entries of one layer, in the order of its archive, repeated ones included.

    Args:
        digest: The layer's, as stored.
        entries: In order.
        compression: How the layer is packed.
        source: How this was learnt: from the whole layer, or from a table of contents within it.
        verified: Whether a digest vouches for it: the layer's own, or that of its table of contents.
        archive_size: Bytes of the archive, unpacked; ``None`` where only a table of contents was read.
        chunks: By the number of an entry, where a table of contents tells.
        notes: What is odd about the archive, for people: ``"3 names climb above the root"``.
    """

    digest: str
    entries: tuple[LayerEntry, ...]
    compression: Literal["gzip", "zstd", "none"]
    source: Literal["archive", "estargz", "zstd:chunked"] = "archive"
    verified: bool = True
    archive_size: int | None = None
    chunks: Mapping[int, tuple[Chunk, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
