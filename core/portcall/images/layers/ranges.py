"""Parts of layers as they are stored, by range requests."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from portcall.daemon import beside
from portcall.errors import PortcallError, UpstreamError
from portcall.images.layers.feed import Feed
from portcall.oci.layers.checkpoints import resume

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from portcall.http.stream import BlobStream
    from portcall.images.layers.budget import Budget
    from portcall.images.opened import OpenedImage
    from portcall.oci.descriptor import Descriptor
    from portcall.oci.layers.checkpoints import Checkpoint, Checkpoints


class RangesIgnoredError(PortcallError):
    """The registry sends whole blobs, whatever is asked for; never leaves the reader."""


class Ranges:
    """Fetches parts of the layers of one image.

    Args:
        image: The image.
        budget: Counts what is fetched.
    """

    def __init__(self, image: OpenedImage, budget: Budget) -> None:
        self._image = image
        self._budget = budget
        #: Under which identity the last bytes were fetched.
        self.asked_as = ""

    def of(self, descriptor: Descriptor) -> Callable[[int, int], Awaitable[bytes]]:
        """Return what fetches a part of one layer: ``(start, length)``, exactly so many bytes."""

        async def fetch(start: int, length: int) -> bytes:
            self._budget.require(length)
            async with await self._part(descriptor, start, length) as stream:
                chunks = [chunk async for chunk in stream]
                self._budget.spend(stream.received)
            data = b"".join(chunks)
            if len(data) != length:
                raise UpstreamError(
                    f"{self._image.reference.registry} sent {len(data):,} bytes of a layer, not {length:,}",
                    hint="The registry, or something before it, is broken; try again later.",
                )
            return data

        return fetch

    async def whole(self, descriptor: Descriptor) -> BlobStream:
        """Return a whole layer as it arrives."""
        return await self._image.backend.open_blob(self._image.repository, descriptor)

    async def resumed(self, descriptor: Descriptor, checkpoints: Checkpoints, offset: int, length: int) -> bytes:
        """Return bytes of a gzip layer's archive, unpacked from the checkpoint before them."""
        checkpoint = checkpoints.before(offset)
        if checkpoint is None:
            raise RangesIgnoredError("there is no checkpoint")
        start = checkpoint.blob_offset
        async with await self._part(descriptor, start, descriptor.size - start) as stream:
            try:
                return await self._unpacked(stream, checkpoint, offset, length)
            finally:
                self._budget.spend(stream.received)

    async def _unpacked(self, stream: BlobStream, checkpoint: Checkpoint, offset: int, length: int) -> bytes:
        feed = Feed("sha256")

        def read() -> bytes:
            try:
                return resume(feed, checkpoint, skip=offset - checkpoint.archive_offset, length=length)
            finally:
                feed.close()

        reading = asyncio.ensure_future(beside("layer", read))
        try:
            async for chunk in stream:
                if not await feed.put(chunk):
                    break
            else:
                feed.end()
            return await reading
        finally:
            feed.abandon()
            reading.cancel()

    async def _part(self, descriptor: Descriptor, start: int, length: int) -> BlobStream:
        stream = await self._image.backend.open_blob(
            self._image.repository, descriptor, start=start, length=length
        )
        self.asked_as = stream.asked_as
        if stream.start != start:
            await stream.aclose()
            raise RangesIgnoredError("the registry sends whole blobs")
        return stream
