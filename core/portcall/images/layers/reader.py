"""One call's reading of one image's layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.call import call_at_hand
from portcall.errors import PortcallError, UnsupportedError
from portcall.images.layers.budget import Budget
from portcall.images.layers.opening import open_layer
from portcall.images.layers.parts import FileParts
from portcall.images.layers.ranges import Ranges, RangesIgnoredError
from portcall.images.layers.scanning import UnreadableLayerError, scanned
from portcall.images.layers.telling import Telling
from portcall.images.together import side_by_side
from portcall.oci.layers.bounds import Bounds
from portcall.oci.layers.checkpoints import Checkpoints
from portcall.oci.layers.toc import promise, read_toc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.http.reply import ResourceRequest
    from portcall.images.layers.shelf import LayerShelf, Meter
    from portcall.images.opened import OpenedImage, OpenedLayer
    from portcall.oci.layers.index import LayerIndex
    from portcall.oci.layers.lookout import Lookout
    from portcall.oci.layers.scan import ScannedLayer
    from portcall.progress import Progress

#: Layers of one image that are read side by side.
_SIDE_BY_SIDE = 3


class LayerReader:
    """Reads the layers of one image, each no more than it takes, and none of them twice.

    Args:
        shelf: Knows what was read before.
        image: The image.
        progress: Told how far the layers have come.
        most: Bytes that may be fetched.
    """

    def __init__(self, shelf: LayerShelf, image: OpenedImage, progress: Progress | None, most: int) -> None:
        self._shelf = shelf
        self._image = image
        self._budget = Budget(most)
        #: Layers on their way for somebody else, for which this call waits.
        self._shared: list[Meter] = []
        self._telling = Telling(progress, lambda: self.bytes_fetched)
        #: Verified ones: for this call, whatever the cache keeps.
        self._indexes: dict[tuple[str, str], LayerIndex] = {}
        #: Whether a digest vouches for everything that was told so far.
        self.verified = True

    @property
    def bytes_fetched(self) -> int:
        """Layer bytes that were downloaded so far; those that several calls wait for count for each."""
        return self._budget.spent + sum(meter.received for meter in self._shared)

    async def known(self, layer: OpenedLayer) -> LayerIndex | None:
        """Return a layer's index where that costs little: from the cache, or by its table of contents.

        Raises:
            UnsupportedError: The layer cannot be read at all.
            PortcallError: Its table of contents was promised, and could not be had.
        """
        _require_readable(layer)
        held = self._indexes.get(layer.key)
        if held is not None:
            return held
        name = await self._shelf.name(self._image, layer)
        index = await self._shelf.recall(name, layer.digest) or await self._by_contents(layer)
        if index is not None:
            self._indexes[layer.key] = index
        return index

    async def index(self, layer: OpenedLayer) -> LayerIndex:
        """Return a layer's index; the whole layer is read where nothing else tells it.

        Raises:
            UnsupportedError: The layer lives elsewhere, or is encrypted.
            UnreadableLayerError: It is no archive.
            PortcallError: It cannot be had.
        """
        known = await self.known(layer)
        if known is not None:
            return known
        size = layer.descriptor.size
        self._budget.require(size)
        return await self._telling.about(size, self._read_whole(layer))

    async def indexes(self) -> tuple[LayerIndex | PortcallError, ...]:
        """Return the indexes of all layers, read side by side; in place of one that cannot be read, why not.

        Raises:
            TooLargeError: The layers are more than one call may fetch, or swell beyond bounds.
            PortcallError: A layer cannot be had now.
        """
        layers = {layer.key: layer for layer in self._image.layers}
        found: dict[tuple[str, str], LayerIndex | PortcallError] = {}
        missing = []
        known = await side_by_side([*layers.values()], self._known_or_why)
        for layer, told in zip(layers.values(), known, strict=True):
            if told is None:
                missing.append(layer)
            else:
                found[layer.key] = told
        planned = sum(layer.descriptor.size for layer in missing)
        self._budget.require(planned)
        read = await self._telling.about(planned, self._read_all(missing))
        found |= {layer.key: told for layer, told in zip(missing, read, strict=True)}
        return tuple(found[layer.key] for layer in self._image.layers)

    async def scan(self, layer: OpenedLayer, lookout: Lookout) -> ScannedLayer:
        """Return what one pass over a layer shows, left early where the lookout is satisfied and much is left.

        Raises:
            PortcallError: The layer cannot be read.
        """
        found = await self._scan(layer, lookout)
        self.verified &= found.index.verified
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
        _require_readable(layer)
        stop = min(start + length, index.entries[number].size)
        if stop <= start:
            return b""
        name = await self._shelf.name(self._image, layer)
        parts = FileParts(
            index,
            Ranges(self._image, layer, self._budget),
            self._shelf.checkpoints(name),
            lambda lookout: self._scan(layer, lookout),
        )
        found = await self._shelf.alone(lambda: parts.read(number, start, stop))
        self.verified &= found.verified
        return found.data

    async def _by_contents(self, layer: OpenedLayer) -> LayerIndex | None:
        """Return what a layer's table of contents tells, where this very manifest promises one."""
        contents = promise(layer.descriptor)
        if not contents:
            return None
        name = await self._shelf.name(self._image, layer, contents)
        index = await self._shelf.recall(name, layer.digest)
        if index is not None:
            return index
        ranges = Ranges(self._image, layer, self._budget)
        try:
            index = await self._shelf.alone(lambda: read_toc(layer.descriptor, ranges.fetch, Bounds()))
        except RangesIgnoredError:
            return None
        if index is not None:
            await self._shelf.keep(name, index, ranges.asked_as)
        return index

    async def _known_or_why(self, layer: OpenedLayer) -> LayerIndex | PortcallError | None:
        try:
            return await self.known(layer)
        except UnsupportedError as error:
            return error

    async def _read_all(self, layers: Sequence[OpenedLayer]) -> list[LayerIndex | PortcallError]:
        return await side_by_side(layers, self._read_or_why, _SIDE_BY_SIDE)

    async def _read_or_why(self, layer: OpenedLayer) -> LayerIndex | PortcallError:
        try:
            return await self._read_whole(layer)
        except UnreadableLayerError as error:
            return error

    async def _read_whole(self, layer: OpenedLayer) -> LayerIndex:
        name = await self._shelf.name(self._image, layer)
        meter = self._shelf.meter(name)

        async def work() -> LayerIndex:
            # Somebody may have read it while this call looked for it.
            index = await self._shelf.recall(name, layer.digest)
            if index is not None:
                return index
            self._shared.remove(meter)
            return (await self._pass(layer, name, None, meter)).index

        self._shared.append(meter)
        try:
            with self._shelf.joining(meter):
                self._indexes[layer.key] = index = await self._shelf.once(name, meter, work)
        finally:
            if meter in self._shared:
                self._shared.remove(meter)
                self._budget.spent += meter.received
        return index

    async def _scan(self, layer: OpenedLayer, lookout: Lookout) -> ScannedLayer:
        _require_readable(layer)
        name = await self._shelf.name(self._image, layer)
        work = self._shelf.alone(lambda: self._pass(layer, name, lookout))
        found = await self._telling.about(layer.descriptor.size, work)
        if found.index.verified:
            self._indexes[layer.key] = found.index
        return found

    async def _pass(
        self, layer: OpenedLayer, name: ResourceRequest, lookout: Lookout | None, meter: Meter | None = None
    ) -> ScannedLayer:
        """Return what one pass over a layer shows; where that is verified, it is kept."""

        def arrived(count: int) -> None:
            if meter is not None:
                meter.received += count
            self._budget.spend(count)

        checkpoints = Checkpoints()
        registry = self._image.backend.upstream.registry
        callers = meter.callers if meter is not None else [call_at_hand().caller]
        async with self._shelf.places.taken(registry, callers), await open_layer(self._image, layer) as stream:
            found = await scanned(layer.descriptor, stream, arrived, lookout=lookout, checkpoints=checkpoints)
        if found.index.verified:
            self._shelf.hold_checkpoints(name, checkpoints)
            await self._shelf.keep(name, found.index, stream.asked_as)
        return found


def _require_readable(layer: OpenedLayer) -> None:
    """Refuse a layer that cannot be read here, whatever is tried."""
    if layer.problem is not None:
        raise UnsupportedError(
            f"layer {layer.number} cannot be read: {layer.problem}",
            hint="What the other layers hold can be looked at all the same.",
        )
