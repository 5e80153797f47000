"""What a rebuild could save: bytes in layers that no container sees.

Unlike dive's wasted bytes, this counts neither the copy that is needed nor a path that merely became another;
it knows opaque folders, what went with a folder, files below a folder that became a file, and contents that live
on under the name of a hard link. It is zero exactly where every byte of every layer can be read in a container.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portcall.images.files.shown import from_root
from portcall.models import WastedFile
from portcall.oci.layers.entry import WHITEOUT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from portcall.images.analysis.efficiency import RepeatedPath
    from portcall.images.analysis.visible import VisibleFile
    from portcall.oci.layers.entry import LayerEntry
    from portcall.oci.layers.index import LayerIndex


@dataclass(frozen=True, slots=True)
class Reclaimable:
    """Bytes that no container sees.

    Args:
        by_layer: By the layer's number; only layers that were read.
        by_path: By the path of the copies that are lost, without a leading ``/``.
    """

    by_layer: Mapping[int, int]
    by_path: Mapping[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.by_layer.values())


def reclaimable(layers: Mapping[int, LayerIndex], files: Iterable[VisibleFile]) -> Reclaimable:
    """Return what is in layers, but in no container.

    Args:
        layers: By number, from 1.
        files: All that containers see.
    """
    seen = {number: bytearray(len(layer.entries)) for number, layer in layers.items()}
    for file in files:
        holder, place = file.content
        seen[holder][place] = 1
    by_layer: dict[int, int] = {}
    by_path: dict[str, int] = {}
    for number, layer in layers.items():
        lost = [
            entry for entry, is_seen in zip(layer.entries, seen[number], strict=True) if _is_lost(entry, is_seen)
        ]
        by_layer[number] = sum(entry.size for entry in lost)
        for entry in lost:
            by_path[entry.path] = by_path.get(entry.path, 0) + entry.size
    return Reclaimable(by_layer, by_path)


def wasted_files(
    layers: Mapping[int, LayerIndex], lost: Reclaimable, repeated: Iterable[RepeatedPath]
) -> tuple[WastedFile, ...]:
    """Return the paths that waste bytes, be it to dive or in truth, the worst first.

    Args:
        layers: Those that were read, by number.
        lost: What no container sees.
        repeated: dive's list, whose numbers stand for the paths in it; empty where there is none.
    """
    known = {path.path: path for path in repeated if path.size or path.path in lost.by_path}
    unknown = {path: _Copies() for path in lost.by_path if path not in known}
    for number, layer in layers.items() if unknown else ():
        for path, size in _named(layer):
            if (copies := unknown.get(path)) is not None:
                copies.add(number, size)
    rows = [
        *((path, found.times, found.size) for path, found in known.items()),
        *((path, len(found.layers), found.size) for path, found in unknown.items()),
    ]
    told = (
        WastedFile(path=from_root(path), count=count, size=size, reclaimable=lost.by_path.get(path, 0))
        for path, count, size in rows
    )
    return tuple(sorted(told, key=lambda row: (-row.reclaimable, -row.size, row.path)))


@dataclass(slots=True)
class _Copies:
    layers: set[int] = field(default_factory=set)
    size: int = 0

    def add(self, layer: int, size: int) -> None:
        self.layers.add(layer)
        self.size += size


def _named(layer: LayerIndex) -> Iterator[tuple[str, int]]:
    """Return the paths that a layer writes or deletes, and the bytes that it has for them."""
    for entry in layer.entries:
        deleted = entry.deleted if WHITEOUT in entry.path else None
        yield deleted or entry.path, entry.size


def _is_lost(entry: LayerEntry, is_seen: int) -> bool:
    return not is_seen and entry.size > 0 and not entry.is_marker
