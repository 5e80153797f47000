"""Comparing the files of two images: as few layers as possible are read, and each of them once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from portcall.images.comparison.file_trees import ComparedTree, FileDifferences, file_differences
from portcall.images.files.tree import MergedTree
from portcall.images.together import beside_the_loop, side_by_side
from portcall.oci.layers.index import LayerIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portcall.errors import PortcallError
    from portcall.images.comparison.side import Side
    from portcall.images.layers import LayerReader
    from portcall.images.opened import OpenedImage


@dataclass(frozen=True, slots=True)
class LookedInside:
    """What a look into both images has shown.

    Args:
        differences: ``None`` where one image has layers that cannot be read and the other has not.
        bytes_fetched: Layer bytes that it took.
        verified: Whether digests vouch for all of it.
        warnings: What could not be seen.
    """

    differences: FileDifferences | None
    bytes_fetched: int = 0
    verified: bool = True
    warnings: tuple[str, ...] = ()

    @property
    def told(self) -> dict[str, Any]:
        """The fields of the answer."""
        fields = {"bytes_fetched": self.bytes_fetched, "verified": self.verified}
        if self.differences is None:
            return fields
        return fields | {
            "files": self.differences.largest,
            "files_added": self.differences.added,
            "files_removed": self.differences.removed,
            "files_changed": self.differences.changed,
        }


async def look_inside(
    sides: tuple[Side, Side],
    a: OpenedImage,
    b: OpenedImage,
    reader_of: Callable[[OpenedImage], LayerReader],
) -> LookedInside:
    """Return how the files of two images differ.

    Raises:
        PortcallError: A layer cannot be had, or is too large.
    """
    if layers_of(a) == layers_of(b):
        return LookedInside(FileDifferences(0, 0, 0, 0, ()))
    # What both have is read for the first alone; who may see both manifests may see it, wherever it comes from.
    shared = {layer.key for layer in a.layers if layer.problem is None}
    rest = replace(b, layers=tuple(layer for layer in b.layers if layer.key not in shared))
    readers = reader_of(a), reader_of(rest)
    read = await side_by_side(tuple(zip(sides, readers, strict=True)), lambda pair: _read(*pair))
    keys = [layer.key for layer in (*a.layers, *rest.layers)]
    known = dict(zip(keys, (*read[0], *read[1]), strict=True))
    found = [[known[layer.key] for layer in image.layers] for image in (a, b)]
    fetched, verified = sum(reader.bytes_fetched for reader in readers), all(reader.verified for reader in readers)
    missing = [_missing(image, indexes) for image, indexes in zip((a, b), found, strict=True)]
    if sorted(missing[0]) != sorted(missing[1]):
        return LookedInside(None, fetched, verified, (_cannot_compare(sides, missing),))
    entries = sum(len(index.entries) for indexes in found for index in indexes if isinstance(index, LayerIndex))
    differences, notes = await beside_the_loop(entries, lambda: _compared((a, b), found))
    return LookedInside(differences, fetched, verified, (*_left_out(len(missing[0])), *notes))


async def _read(side: Side, reader: LayerReader) -> tuple[LayerIndex | PortcallError, ...]:
    with side.named():
        return await reader.indexes()


def layers_of(image: OpenedImage) -> tuple[str, ...]:
    """Return the digests of an image's layers, the lowest first."""
    return tuple(layer.digest for layer in image.layers)


def _compared(
    images: tuple[OpenedImage, OpenedImage], found: Sequence[Sequence[LayerIndex | PortcallError]]
) -> tuple[FileDifferences, tuple[str, ...]]:
    a, b = (
        ComparedTree(MergedTree.of(indexes), layers_of(image))
        for image, indexes in zip(images, found, strict=True)
    )
    differences = file_differences(a, b)
    notes = dict.fromkeys((*a.tree.notes, *b.tree.notes))
    return differences, (*differences.doubts, *notes)


def _missing(image: OpenedImage, indexes: Sequence[LayerIndex | PortcallError]) -> list[str]:
    pairs = zip(image.layers, indexes, strict=True)
    return [layer.digest for layer, index in pairs if not isinstance(index, LayerIndex)]


def _cannot_compare(sides: tuple[Side, Side], missing: Sequence[Sequence[str]]) -> str:
    side = sides[0] if set(missing[0]) - set(missing[1]) else sides[1]
    return f"{side.label} has layers that cannot be read and the other has not, so the files are not compared"


def _left_out(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    which = "one layer" if count == 1 else f"{count} layers"
    return (f"{which} of both images cannot be read, and what is in there is left out",)
