"""Places within a gzip file from which it can be unpacked without what is before them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portcall.oci.layers.faults import cut_off
from portcall.oci.layers.readable import Source

if TYPE_CHECKING:
    from portcall.oci.layers.readable import Readable

#: Archive bytes between two checkpoints, at first.
_INTERVAL = 4 << 20
#: Most checkpoints of one layer; each holds a decompressor with its window, some 50 KiB.
_MOST = 32
#: Unpacked bytes that are let go by at a time, on the way to those wanted.
_STRIDE = 1 << 18


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One such place.

    Args:
        blob_offset: Where it is in the layer as stored: a range request begins there.
        archive_offset: Which byte of the archive comes next.
        state: The decompressor as it was there, never to be used itself, only its copies; ``None`` at the start.
    """

    blob_offset: int
    archive_offset: int
    state: Any


class Checkpoints:
    """The checkpoints of one layer, in memory only; filled by the scan that it is given to.

    There is always one at the start, once the layer has turned out to be gzip, and never more than a handful
    in all: when there are too many, every second one goes, and the distance doubles.
    """

    def __init__(self) -> None:
        self._interval = _INTERVAL
        self._all: list[Checkpoint] = []

    def __len__(self) -> int:
        return len(self._all)

    def is_due(self, archive_offset: int) -> bool:
        """Return whether one is wanted at that byte of the archive."""
        return not self._all or archive_offset - self._all[-1].archive_offset >= self._interval

    def add(self, blob_offset: int, archive_offset: int, state: Any) -> None:
        """Note one, where one is due; behind all others."""
        if self.is_due(archive_offset) and len(self._all) >= _MOST:
            del self._all[1::2]
            self._interval *= 2
        if self.is_due(archive_offset):
            self._all.append(Checkpoint(blob_offset, archive_offset, state))

    def before(self, archive_offset: int) -> Checkpoint | None:
        """Return the last one at or before that byte of the archive; ``None`` where nothing was noted."""
        number = bisect_right(self._all, archive_offset, key=_archive_offset)
        return self._all[number - 1] if number else None


def _archive_offset(checkpoint: Checkpoint) -> int:
    return checkpoint.archive_offset


def resume(raw: Readable, checkpoint: Checkpoint, *, skip: int, length: int) -> bytes:
    """Return bytes of a gzip layer's archive, without what is before the checkpoint.

    Args:
        raw: The layer as stored, from ``checkpoint.blob_offset`` on; read no further than needed.
        checkpoint: Where to begin.
        skip: Archive bytes between the checkpoint and those wanted.
        length: How many are wanted.

    Raises:
        UpstreamError: What is stored there is damaged, or ends too early.
    """
    from portcall.oci.layers.gzip_stream import GzipStream

    source = Source(raw, "the layer")
    member = None if checkpoint.state is None else checkpoint.state.copy()
    stream = GzipStream(source, member=member)
    kept: list[bytes] = []
    while length > 0:
        source.check()
        data = stream.read(min(skip or length, _STRIDE))
        if not data:
            raise cut_off(source.what)
        if skip:
            skip -= len(data)
        else:
            kept.append(data)
            length -= len(data)
    return b"".join(kept)
