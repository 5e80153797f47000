"""A reader of layers that are at hand: what is asked of it is what a download would be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from portcall.images.opened import OpenedImage, OpenedLayer
from portcall.oci.config import ImageConfig
from portcall.oci.descriptor import Descriptor
from portcall.oci.layers.index import LayerIndex
from portcall.oci.layers.lookout import Lookout
from portcall.oci.layers.scan import ScannedLayer, scan_layer
from portcall.platform import Platform


class MemoryReader:
    """Reads archives that are given, as :class:`~portcall.images.layers.LayerReader` reads a registry's.

    Args:
        archives: The layers, the lowest first.
        known: Numbers of the layers whose index is at hand.
        leaves_early: Whether a layer is left when its lookout is satisfied, as large ones are, or read to its end.
    """

    def __init__(
        self, archives: Sequence[bytes], known: Sequence[int] = (), *, leaves_early: bool = False
    ) -> None:
        self._archives = archives
        self._known = known
        self._leaves_early = leaves_early
        self.scanned: list[int] = []
        self.bytes_fetched = 0
        self.verified = True

    async def known(self, layer: OpenedLayer) -> LayerIndex | None:
        return self._scan(layer.number).index if layer.number in self._known else None

    async def indexes(self) -> tuple[LayerIndex, ...]:
        return tuple(self._scan(number).index for number in range(1, len(self._archives) + 1))

    async def scan(self, layer: OpenedLayer, lookout: Lookout) -> ScannedLayer:
        self.scanned.append(layer.number)
        return self._scan(layer.number, lookout if self._leaves_early else _Patient(lookout))

    async def part(self, layer: OpenedLayer, index: LayerIndex, number: int, start: int, length: int) -> bytes:
        assert index.entries[number].kind == "file"
        offset = index.entries[number].offset
        assert offset is not None
        return self._archives[layer.number - 1][offset + start : offset + start + length]

    def _scan(self, number: int, lookout: Lookout | None = None) -> ScannedLayer:
        return scan_layer(BytesIO(self._archives[number - 1]), f"sha256:{number}", lookout=lookout)


class _Patient:
    """Somebody who is never satisfied."""

    def __init__(self, lookout: Lookout) -> None:
        self.wants = lookout.wants

    def is_satisfied(self) -> bool:
        return False


def opened(count: int, **fields: Any) -> OpenedImage:
    """Return an image of so many layers, of which nothing else is known."""
    given: Mapping[str, Any] = {
        "backend": None,
        "reference": None,
        "top": None,
        "choice": None,
        "manifest": None,
        "config": ImageConfig(Platform("linux", "amd64")),
        "layers": tuple(
            OpenedLayer(number, Descriptor("", f"sha256:{number}", 0)) for number in range(1, count + 1)
        ),
    }
    return OpenedImage(**{**given, **fields})
