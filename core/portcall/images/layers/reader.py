"""One call's reading of one image's layers."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from portcall.digest import is_digest
from portcall.errors import InvalidReferenceError, PortcallError, TooLargeError, UnsupportedError, UpstreamError
from portcall.images.layers.budget import Budget
from portcall.images.layers.ranges import Ranges, RangesIgnoredError
from portcall.images.layers.scanning import UnreadableLayerError, scanned
from portcall.images.layers.window import EntryLookout
from portcall.images.together import side_by_side
from portcall.oci.layers.bounds import Bounds
from portcall.oci.layers.checkpoints import Checkpoints
from portcall.oci.layers.toc import read_part, read_toc

if TYPE_CHECKING:
    from portcall.images.layers.shelf import LayerShelf
    from portcall.images.opened import OpenedImage, OpenedLayer
    from portcall.oci.layers.index import LayerIndex
    from portcall.oci.layers.lookout import Lookout
    from portcall.oci.layers.scan import ScannedLayer
    from portcall.progress import Progress

#: Layers of one image that are read side by side.
_SIDE_BY_SIDE = 3
#: A file up to this size is fetched whole, though a part is wanted: only then its digest vouches for it.
_WORTH_CHECKING = 1 << 20
_MEGABYTE = 1_000_000
#: Annotations by which a layer promises a table of contents.
_PROMISES = ("containerd.io/snapshot/stargz/", "io.github.containers.zstd-chunked.", "io.containers.zstd-chunked.")


class LayerReader:
    """Reads the layers of one image, each no more than it takes.

    What is checked is a layer's digest as it is stored; the ``diff_id`` of what it unpacks to follows from that.

    Args:
        shelf: Knows what was read before.
        image: The image.
        progress: Told how far whole layers have come.
        most: Bytes that may be fetched.
    """

    def __init__(self, shelf: LayerShelf, image: OpenedImage, progress: Progress | None, most: int) -> None:
        self._shelf = shelf
        self._image = image
        self._progress = progress
        self._budget = Budget(most)
        self._ranges = Ranges(image, self._budget)
        self._expected = 0
        #: Whether a digest vouches for everything that was told so far.
        self.verified = True

    @property
    def bytes_fetched(self) -> int:
        """Layer bytes that were downloaded so far."""
        return self._budget.spent

    async def known(self, layer: OpenedLayer) -> LayerIndex | None:
        """Return a layer's index where that costs little: from the cache, or by its table of contents.

        Raises:
            UnsupportedError: The layer cannot be read at all.
            PortcallError: Its table of contents was promised, and could not be had.
        """
        _require_readable(layer)
        name = await self._shelf.name(self._image, layer.digest)
        index = await self._shelf.recall(name, layer.digest)
        if index is not None or not _promises_contents(layer):
            return index
        fetch = self._ranges.of(layer.descriptor)
        try:
            index = await read_toc(layer.descriptor, fetch, Bounds())
        except RangesIgnoredError:
            return None
        if index is not None:
            await self._shelf.keep(name, index, self._ranges.asked_as)
        return index

    async def index(self, layer: OpenedLayer) -> LayerIndex:
        """Return a layer's index; the whole layer is read where nothing else tells it.

        Raises:
            UnsupportedError: The layer lives elsewhere, or is encrypted.
            UpstreamError: It is no archive.
            PortcallError: It cannot be had.
        """
        known = await self.known(layer)
        if known is not None:
            return known
        self._budget.require(layer.descriptor.size)
        self._expected = max(self._expected, layer.descriptor.size)
        return await self._read_whole(layer)

    async def indexes(self) -> tuple[LayerIndex | PortcallError, ...]:
        """Return the indexes of all layers, read side by side; in place of one that cannot be read, why not.

        Raises:
            TooLargeError: The layers are more than one call may fetch, or swell beyond bounds.
            PortcallError: A layer cannot be had now.
        """
        layers = {layer.digest: layer for layer in self._image.layers}
        found = dict(zip(layers, await side_by_side([*layers.values()], self._known_or_why), strict=True))
        missing = [layers[digest] for digest, index in found.items() if index is None]
        planned = sum(layer.descriptor.size for layer in missing)
        self._budget.require(planned)
        self._expected = self._budget.spent + planned
        read = await side_by_side(missing, self._read_or_why, _SIDE_BY_SIDE)
        found.update(zip((layer.digest for layer in missing), read, strict=True))
        return tuple(_present(found[layer.digest]) for layer in self._image.layers)

    async def scan(self, layer: OpenedLayer, lookout: Lookout) -> ScannedLayer:
        """Return what one pass over a layer shows, left early where the lookout is satisfied and much is left.

        Raises:
            PortcallError: The layer cannot be read.
        """
        _require_readable(layer)
        name = await self._shelf.name(self._image, layer.digest)
        found, checkpoints = await self._pass(layer, lookout)
        if found.index.verified:
            self._shelf.hold_checkpoints(name, checkpoints)
            await self._shelf.keep(name, found.index, self._ranges.asked_as)
        else:
            self.verified = False
        return found

    async def part(self, layer: OpenedLayer, index: LayerIndex, number: int, start: int, length: int) -> bytes:
        """Return bytes of one entry's contents, by as few bytes of the layer as it takes.

        Args:
            layer: The layer.
            index: What is in it.
            number: Of the entry, a regular file.
            start: First byte of its contents.
            length: How many; fewer are returned where the file ends before.

        Raises:
            PortcallError: They cannot be had.
        """
        entry = index.entries[number]
        stop = min(start + length, entry.size)
        if stop <= start:
            return b""
        is_small = entry.digest is not None and entry.size <= _WORTH_CHECKING
        # A part is vouched for by nothing but the whole.
        first, last = (0, entry.size) if is_small and number not in index.chunks else (start, stop)
        data = await self._fetched(layer, index, number, first, last - first)
        if number not in index.chunks and not _vouched_for(entry.digest, entry.size, data):
            self.verified = False
        return data[start - first : stop - first]

    async def _fetched(self, layer: OpenedLayer, index: LayerIndex, number: int, start: int, length: int) -> bytes:
        entry = index.entries[number]
        fetch = self._ranges.of(layer.descriptor)
        try:
            if number in index.chunks:
                return await read_part(index, number, start, length, fetch)
            if entry.offset is not None and index.compression == "none":
                return await fetch(entry.offset + start, length)
            name = await self._shelf.name(self._image, layer.digest)
            checkpoints = self._shelf.checkpoints(name) if entry.offset is not None else None
            if checkpoints is not None and entry.offset is not None:
                return await self._ranges.resumed(layer.descriptor, checkpoints, entry.offset + start, length)
        except RangesIgnoredError:
            pass
        return await self._by_another_pass(layer, entry.path, index, number, start, length)

    async def _by_another_pass(
        self, layer: OpenedLayer, path: str, index: LayerIndex, number: int, start: int, length: int
    ) -> bytes:
        """Return contents by reading the layer up to them."""
        # A table of contents may number entries in another way than the archive does.
        lookout = EntryLookout(path, (start, length), number if index.source == "archive" else None)
        found = await self.scan(layer, lookout)
        for each in lookout.numbers(found.kept):
            return found.kept[each]
        raise UpstreamError(
            f"layer {layer.number} does not hold the file that its table of contents tells of",
            hint="Its publisher has to push it anew.",
        )

    async def _known_or_why(self, layer: OpenedLayer) -> LayerIndex | PortcallError | None:
        try:
            return await self.known(layer)
        except UnsupportedError as error:
            return error

    async def _read_or_why(self, layer: OpenedLayer) -> LayerIndex | PortcallError:
        try:
            return await self._read_whole(layer)
        except UnreadableLayerError as error:
            return error

    async def _read_whole(self, layer: OpenedLayer) -> LayerIndex:
        name = await self._shelf.name(self._image, layer.digest)

        async def work() -> LayerIndex:
            found, checkpoints = await self._pass(layer, None)
            self._shelf.hold_checkpoints(name, checkpoints)
            await self._shelf.keep(name, found.index, self._ranges.asked_as)
            return found.index

        return await self._shelf.once(name, work)

    async def _pass(self, layer: OpenedLayer, lookout: Lookout | None) -> tuple[ScannedLayer, Checkpoints]:
        """Return what one pass shows, and places to go on from later."""
        checkpoints = Checkpoints()
        async with self._shelf.places, await self._ranges.whole(layer.descriptor) as stream:
            self._ranges.asked_as = stream.asked_as
            found = await scanned(
                layer.descriptor, stream, self._arrived, lookout=lookout, checkpoints=checkpoints
            )
        return found, checkpoints

    async def _arrived(self, count: int) -> None:
        before = self._budget.spent // _MEGABYTE
        self._budget.spend(count)
        done = self._budget.spent // _MEGABYTE
        if self._progress is not None and done > before:
            total = max(self._expected // _MEGABYTE, done) if self._expected else None
            await self._progress(done, total, "MB of layers")


def _require_readable(layer: OpenedLayer) -> None:
    """Refuse a layer that cannot be read here, whatever is tried."""
    if layer.problem is not None:
        raise UnsupportedError(
            f"layer {layer.number} cannot be read: {layer.problem}",
            hint="What the other layers hold can be looked at all the same.",
        )
    if not is_digest(layer.digest):
        raise InvalidReferenceError("a layer is asked for by something that is no digest")


def _promises_contents(layer: OpenedLayer) -> bool:
    return any(name.startswith(_PROMISES) for name in layer.descriptor.annotations)


def _vouched_for(digest: bytes | None, size: int, data: bytes) -> bool:
    return digest is not None and len(data) == size and hashlib.sha256(data).digest() == digest


def _present(found: LayerIndex | PortcallError | None) -> LayerIndex | PortcallError:
    if found is None:
        raise TooLargeError("a layer was not read")
    return found
