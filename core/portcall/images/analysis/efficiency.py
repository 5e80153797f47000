"""dive's figures: efficiency score, wasted bytes and repeated paths, computed in its very way.

Source: wagoodman/dive, ``dive/filetree/efficiency.go``, ``dive/image/analysis.go`` and
``dive/image/docker/image_archive.go``. Its peculiarities are part of the figures, so they are all here:

- A layer's size is the sum of all its entries, also of those that it has twice.
- Only leaves of a layer's own tree count, so an empty folder does, and a folder with something in it does not.
- All copies of a path that is in several layers are wasted, the one that is needed included.
- Opaque markers hide nothing; the folder that holds nothing but its marker is a leaf.
- Deleting a file costs nothing more; deleting a folder costs all bytes below it, if its topmost entry is a folder.
- Deleting what is not there ends the visit of that layer, and leaves a minimum of minus one byte.
- The lowest layer's whiteouts look for their targets in that very layer.

The one difference: dive counts a size that the header of a link or folder claims; here, what has no contents
has no bytes. Ordinary archives claim none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from portcall.images.analysis.dive_tree import DiveNode, dive_tree
from portcall.oci.layers.entry import WHITEOUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.oci.layers.index import LayerIndex


class RepeatedPath(NamedTuple):
    """A path that dive meets more than once: its ``EfficiencyData``."""

    path: str
    """Without a leading ``/``."""
    times: int
    size: int
    """Bytes of all copies; for a deleted folder, of all that was in it, too."""


@dataclass(frozen=True, slots=True)
class DiveFigures:
    """What dive tells of an image.

    Args:
        efficiency: Its score, 0 to 1.
        size: Bytes of all entries of all layers: ``sizeBytes``.
        wasted_bytes: Bytes of all copies of repeated paths: ``inefficientBytes``.
        wasted_percent: These by the bytes above the lowest layer; ``None`` where there are none.
        repeated: The largest first: ``fileReference``.
    """

    efficiency: float
    size: int
    wasted_bytes: int
    wasted_percent: float | None
    repeated: tuple[RepeatedPath, ...]


def dive_figures(layers: Sequence[LayerIndex]) -> DiveFigures:
    """Return dive's figures for an image's layers, the lowest first.

    dive stacks all lower layers anew for each whiteout; here they are stacked once, for the outcome is the same.

    Raises:
        TooLargeError: The layers' trees are larger than memory should hold.
    """
    tally = _Tally()
    # Nothing but whiteouts asks what is below.
    last = max((number for number, layer in enumerate(layers) if _deletes(layer)), default=-1)
    stacked = DiveNode()
    for number, layer in enumerate(layers):
        tree = dive_tree(layer.entries)
        _visit(tree, stacked if number else tree, tally)
        if number < last:
            if number == 0:
                stacked = dive_tree(layer.entries)
            stacked.stack(tree)
    sizes = [sum(entry.size for entry in layer.entries) for layer in layers]
    repeated = tally.repeated()
    wasted = sum(path.size for path in repeated)
    above = sum(sizes[1:])
    return DiveFigures(
        efficiency=tally.score(),
        size=sum(sizes),
        wasted_bytes=wasted,
        wasted_percent=float(wasted) / float(above) if above else None,
        repeated=repeated,
    )


def _deletes(layer: LayerIndex) -> bool:
    return any(WHITEOUT in entry.path for entry in layer.entries)


def _visit(tree: DiveNode, below: DiveNode, tally: _Tally) -> None:
    """Count a layer's leaves, up to the first whiteout of what is not there."""
    totals: dict[int, int] = {}
    for leaf in tree.leaves():
        parent, slash, name = leaf.path.rpartition("/")
        if not name.startswith(WHITEOUT):
            tally.add(leaf.path, leaf.size)
            continue
        path = f"{parent}{slash}{name[len(WHITEOUT) :]}"
        target = below.find(path)
        if target is None:
            tally.add_missing(path)
            return
        tally.add(path, target.total(totals) if target.is_directory else 0)


class _Tally:
    """The leaves by path: most are met once, so only the others have more than a number."""

    __slots__ = ("_missing", "_once", "_repeated")

    def __init__(self) -> None:
        self._once: dict[str, int] = {}
        self._repeated: dict[str, list[int]] = {}
        self._missing: set[str] = set()

    def add(self, path: str, size: int) -> None:
        if (times := self._repeated.get(path)) is not None:
            times.append(size)
        elif (first := self._once.pop(path, None)) is not None:
            self._repeated[path] = [first, size]
        else:
            self._once[path] = size
            self._missing.discard(path)

    def add_missing(self, path: str) -> None:
        if path not in self._once and path not in self._repeated:
            self._missing.add(path)

    def score(self) -> float:
        alone = sum(self._once.values())
        smallest = alone + sum(map(min, self._repeated.values())) - len(self._missing)
        all_together = alone + sum(map(sum, self._repeated.values()))
        return float(smallest) / float(all_together) if all_together else 1.0

    def repeated(self) -> tuple[RepeatedPath, ...]:
        found = (RepeatedPath(path, len(sizes), sum(sizes)) for path, sizes in self._repeated.items())
        return tuple(sorted(found, key=lambda path: (-path.size, path.path)))
