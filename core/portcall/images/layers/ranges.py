"""Parts of one layer as it is stored, by range requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.errors import PortcallError, UpstreamError
from portcall.images.layers.feed import Feed
from portcall.images.layers.opening import open_layer
from portcall.images.layers.piping import piped
from portcall.oci.layers.checkpoints import resume

if TYPE_CHECKING:
    from portcall.http.stream import BlobStream
    from portcall.images.layers.budget import Budget
    from portcall.images.opened import OpenedImage, OpenedLayer
    from portcall.oci.layers.checkpoints import Checkpoint


class RangesIgnoredError(PortcallError):
    """The registry sends whole blobs, whatever is asked for; never leaves the reader."""


class Ranges:
    """Fetches parts of one layer.

    Args:
        image: Whose layer it is.
        layer: The layer.
        budget: Counts what is fetched.
    """

    def __init__(self, image: OpenedImage, layer: OpenedLayer, budget: Budget) -> None:
        self._image = image
        self._layer = layer
        self._budget = budget
        self._identities: set[str] = set()

    @property
    def asked_as(self) -> str:
        """Under which identity all was fetched; empty where it was not one and the same."""
        return next(iter(self._identities)) if len(self._identities) == 1 else ""

    async def fetch(self, start: int, length: int) -> bytes:
        """Return exactly so many stored bytes.

        Raises:
            RangesIgnoredError: The registry sends no parts; nothing was read.
            TooLargeError: The call may not fetch as much.
        """
        self._budget.require(length)
        async with await self._opened(start, length) as stream:
            chunks = [chunk async for chunk in stream]
            self._budget.spend(stream.received)
        data = b"".join(chunks)
        if len(data) != length:
            raise UpstreamError(
                f"{self._image.reference.registry} sent {len(data):,} bytes of a layer, not {length:,}",
                hint="The registry, or something before it, is broken; try again later.",
            )
        return data

    async def unpacked(self, checkpoint: Checkpoint, offset: int, length: int) -> bytes:
        """Return bytes of a gzip layer's archive, unpacked from the checkpoint before them.

        Raises:
            RangesIgnoredError: The registry sends no parts; nothing was read.
        """
        start = checkpoint.blob_offset
        async with await self._opened(start, self._layer.descriptor.size - start) as stream:
            feed = Feed()
            skip = offset - checkpoint.archive_offset
            return await piped(
                stream, feed, lambda: resume(feed, checkpoint, skip=skip, length=length), self._budget.spend
            )

    async def _opened(self, start: int, length: int) -> BlobStream:
        stream = await open_layer(self._image, self._layer, start=start, length=length)
        self._identities.add(stream.asked_as)
        if stream.start != start:
            await stream.aclose()
            raise RangesIgnoredError("the registry sends whole blobs")
        return stream
