"""``analyze_layers``: why an image is as large as it is."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

from portcall.images.analysis.efficiency import dive_figures
from portcall.images.analysis.leftovers import MOST_LEFTOVERS, leftovers
from portcall.images.analysis.reclaimable import reclaimable, wasted_files
from portcall.images.analysis.shares import layer_share, unmapped
from portcall.images.analysis.visible import VisibleFiles
from portcall.images.files.shown import from_root
from portcall.images.files.tree import MergedTree
from portcall.images.together import beside_the_loop
from portcall.models import LayerAnalysis, LayerFile
from portcall.oci.layers.index import LayerIndex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from portcall.errors import PortcallError
    from portcall.images.layers import LayerReader
    from portcall.images.opened import OpenedImage

#: Rows of the lists of files.
_MOST_FILES = 20


async def analyze_layers(image: OpenedImage, reader: LayerReader | None) -> LayerAnalysis:
    """Return what each layer weighs and which step made it; with a ``reader``, what in them is lost.

    ``efficiency``, ``wasted_bytes`` and ``wasted_percent`` are dive's figures in dive's way: all copies of a path
    that is in several layers are wasted, the needed one included (:mod:`portcall.images.analysis.efficiency`).
    ``reclaimable`` is what a rebuild could save: bytes in layers that no container sees
    (:mod:`portcall.images.analysis.reclaimable`). Where a layer cannot be read, the former are not told, for dive
    has no figures for half an image, and the latter is what is known to be lost.

    Raises:
        TooLargeError: The layers are over the ceiling, or swell beyond bounds.
        PortcallError: A layer cannot be had.
    """
    if reader is None:
        return _answer(image, [None] * len(image.layers), {}, {})
    found = await reader.indexes()
    entries = sum(len(index.entries) for index in found if isinstance(index, LayerIndex))
    answer = await beside_the_loop(entries, lambda: _looked_into(image, found))
    return answer.model_copy(update={"bytes_fetched": reader.bytes_fetched, "verified": reader.verified})


def _looked_into(image: OpenedImage, found: Sequence[LayerIndex | PortcallError]) -> LayerAnalysis:
    layers = {number: index for number, index in enumerate(found, 1) if isinstance(index, LayerIndex)}
    if found and not layers:
        return _answer(image, found, {"deep": True, "warnings": _doubts(found)}, {})
    dive = dive_figures(tuple(layers.values())) if _is_divable(found) else None
    tree = MergedTree.of(found)
    files = VisibleFiles(tree)
    lost = reclaimable(layers, files)
    wasted = wasted_files(layers, lost, dive.repeated if dive else ())
    left = leftovers(files)
    told: dict[str, Any] = {
        "deep": True,
        "reclaimable": lost.total,
        "wasted_files": wasted[:_MOST_FILES],
        "wasted_files_total": len(wasted),
        "biggest_files": _biggest(files),
        "leftovers": left[:MOST_LEFTOVERS],
        "warnings": (*_doubts(found), *_cut(len(left)), *tree.notes),
    }
    if dive:
        told |= {
            "uncompressed_size": dive.size,
            "efficiency": dive.efficiency,
            "wasted_bytes": dive.wasted_bytes,
            "wasted_percent": dive.wasted_percent,
        }
    return _answer(image, found, told, lost.by_layer)


def _answer(
    image: OpenedImage,
    found: Sequence[LayerIndex | PortcallError | None],
    told: dict[str, Any],
    lost: Mapping[int, int],
) -> LayerAnalysis:
    pairs = zip(image.layers, found, strict=True)
    return LayerAnalysis(
        **image.identity,
        total_size=sum(layer.descriptor.size for layer in image.layers),
        layers=tuple(layer_share(layer, index, lost) for layer, index in pairs),
        **told,
    ).with_warnings(*unmapped(image.layers, bool(image.config.history)))


def _biggest(files: VisibleFiles) -> tuple[LayerFile, ...]:
    biggest = heapq.nsmallest(_MOST_FILES, files.once(), key=lambda file: (-file.size, file.path))
    return tuple(LayerFile(path=from_root(file.path), size=file.size, layer=file.layer) for file in biggest)


def _is_divable(found: Sequence[LayerIndex | PortcallError]) -> bool:
    """Return whether dive's figures can be told: of every layer's archive, all that is in it is known.

    The table of contents of an eStargz layer leaves out the files that the format itself needs, which are in the
    archive, and which dive counts.
    """
    return all(isinstance(index, LayerIndex) and index.source != "estargz" for index in found)


def _doubts(found: Sequence[LayerIndex | PortcallError]) -> tuple[str, ...]:
    """Return why some figures are missing, or are not of all layers."""
    indexes = [index if isinstance(index, LayerIndex) else None for index in found]
    unread = [number for number, index in enumerate(indexes, 1) if index is None]
    listed = [number for number, index in enumerate(indexes, 1) if index and index.source == "estargz"]
    doubts = []
    if unread:
        doubts.append(
            f"{_layers(unread)} could not be read, so dive's figures are not told,"
            " and the others are of the other layers alone"
        )
    if listed:
        doubts.append(
            f"{_layers(listed)} came by eStargz's table of contents, without the format's own files,"
            " which dive counts, so its figures are not told"
        )
    return tuple(doubts)


def _layers(numbers: Sequence[int]) -> str:
    return f"{'layer' if len(numbers) == 1 else 'layers'} {', '.join(map(str, numbers))}"


def _cut(count: int) -> tuple[str, ...]:
    if count <= MOST_LEFTOVERS:
        return ()
    return (f"{count - MOST_LEFTOVERS:,} more leftovers, none of them larger, are not listed",)
