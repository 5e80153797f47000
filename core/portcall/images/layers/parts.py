"""Parts of files, by as few bytes of their layer as it takes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.errors import DigestMismatchError, UpstreamError
from portcall.images.layers.ranges import RangesIgnoredError
from portcall.images.layers.window import EntryLookout
from portcall.oci.layers.toc import read_part

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from portcall.images.layers.ranges import Ranges
    from portcall.oci.layers.checkpoints import Checkpoints
    from portcall.oci.layers.entry import LayerEntry
    from portcall.oci.layers.index import LayerIndex
    from portcall.oci.layers.lookout import Lookout
    from portcall.oci.layers.scan import ScannedLayer

#: A file up to this size is fetched whole, though a part is wanted: only then its digest vouches for it.
WORTH_CHECKING = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file.

    Args:
        data: Its bytes.
        verified: Whether a digest vouches for them.
    """

    data: bytes
    verified: bool


class FileParts:
    """Fetches parts of the files of one layer.

    Args:
        index: What is in it.
        ranges: Fetches parts of it as it is stored.
        checkpoints: Where it can be unpacked from, if that is known.
        scan: Makes another pass over it, where nothing else does.
    """

    def __init__(
        self,
        index: LayerIndex,
        ranges: Ranges,
        checkpoints: Checkpoints | None,
        scan: Callable[[Lookout], Awaitable[ScannedLayer]],
    ) -> None:
        self._index = index
        self._ranges = ranges
        self._checkpoints = checkpoints
        self._scan = scan

    async def read(self, number: int, start: int, stop: int) -> Part:
        """Return bytes of an entry's contents, from ``start`` to before ``stop``; it has all of them.

        Raises:
            PortcallError: They cannot be had.
        """
        entry = self._index.entries[number]
        if number in self._index.chunks:
            try:
                data = await read_part(self._index, number, start, stop - start, self._ranges.fetch)
                return Part(data, self._index.verified)
            except RangesIgnoredError:
                return await self._by_another_pass(number, start, stop)
        # A part is vouched for by nothing but the whole.
        is_small = entry.digest is not None and entry.size <= WORTH_CHECKING
        first, last = (0, entry.size) if is_small else (start, stop)
        found = await self._by_offset(entry, first, last) or await self._by_another_pass(number, first, last)
        verified = found.verified or self._is_vouched_for(entry, found.data)
        return Part(found.data[start - first : stop - first], verified)

    async def _by_offset(self, entry: LayerEntry, start: int, stop: int) -> Part | None:
        """Return bytes of a file whose place in the archive is known, if it can be got at."""
        if entry.offset is None:
            return None
        at = entry.offset + start
        try:
            if self._index.compression == "none":
                return Part(await self._ranges.fetch(at, stop - start), verified=False)
            checkpoint = self._checkpoints.before(at) if self._checkpoints else None
            if checkpoint is not None:
                return Part(await self._ranges.unpacked(checkpoint, at, stop - start), verified=False)
        except RangesIgnoredError:
            pass
        return None

    async def _by_another_pass(self, number: int, start: int, stop: int) -> Part:
        """Return contents by reading the layer up to them."""
        # A table of contents may number entries in another way than the archive does.
        is_known = self._index.source == "archive"
        lookout = EntryLookout(
            self._index.entries[number].path, (start, stop - start), number if is_known else None
        )
        scanned = await self._scan(lookout)
        data = b"" if lookout.found is None else scanned.kept[lookout.found]
        if len(data) != stop - start:
            raise UpstreamError(
                f"layer {self._index.digest[:19]}… does not hold the file as its table of contents tells",
                hint="Its publisher has to push it anew.",
            )
        return Part(data, scanned.index.verified)

    def _is_vouched_for(self, entry: LayerEntry, data: bytes) -> bool:
        """Tell whether the index vouches for the whole contents of a file.

        Raises:
            DigestMismatchError: It does for others.
        """
        if not self._index.verified or entry.digest is None or len(data) != entry.size:
            return False
        if entry.digest != hashlib.sha256(data).digest():
            raise DigestMismatchError(
                f"a part of layer {self._index.digest[:19]}… is not what was there when its digest was checked",
                hint="Nothing of it was used. The registry, or something before it, is broken or hostile.",
            )
        return True
