"""The merged view: all layers of an image as one tree, as a container would see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from portcall.images.files.merging import Effort, LayerMerge
from portcall.images.files.node import IMPLIED, IMPLIED_ENTRY, Directory, TreeNode
from portcall.oci.layers.index import LayerIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from portcall.errors import PortcallError
    from portcall.images.files.node import How


class Deletion(NamedTuple):
    """Why a path is not there any more.

    Args:
        layer: Number of the layer that took it away.
        how: By what.
        path: What was taken away: the path itself, or a directory that it was in.
        holder: Number of the highest layer that still has it; ``None`` where that was not looked for.
    """

    layer: int
    how: How
    path: str
    holder: int | None


class MergedTree:
    """All layers, applied from the lowest up.

    Args:
        indexes: Of all layers, the lowest first; an error stands for a layer that could not be read.

    Attributes:
        root: The root directory.
        unreadable: Why layers are missing in this view, by their numbers.
        notes: What was odd in the layers, for people.

    Raises:
        TooLargeError: More names, or longer ways through links, than any real image has.
    """

    def __init__(self, indexes: Iterable[LayerIndex | PortcallError]) -> None:
        self.root = Directory(IMPLIED_ENTRY, 0, IMPLIED)
        self.unreadable: dict[int, PortcallError] = {}
        notes, effort = list[str](), Effort()
        for layer, index in enumerate(indexes, 1):
            if not isinstance(index, LayerIndex):
                self.unreadable[layer] = index
                continue
            merge = LayerMerge(self.root, layer, effort)
            for number, entry in enumerate(index.entries):
                merge.add(number, entry)
            notes += [f"layer {layer}: {note}" for note in index.notes]
            notes += [f"layer {layer}: {count:,} of its entries {note}" for note, count in merge.notes.items()]
        self.notes = tuple(notes)

    @classmethod
    def of(cls, indexes: Iterable[LayerIndex | PortcallError]) -> MergedTree:
        """Return the tree that these layers make, the lowest first; see the class."""
        return cls(indexes)

    def __iter__(self) -> Iterator[tuple[str, TreeNode]]:
        """Yield every path, without ``/`` at its beginning, and its node; directories before what is in them."""
        waiting: list[tuple[str, Directory]] = [("", self.root)]
        while waiting:
            above, directory = waiting.pop()
            for name, node in directory.children.items():
                path = above + name
                yield path, node
                if isinstance(node, Directory):
                    waiting.append((f"{path}/", node))

    def at(self, path: str) -> TreeNode | None:
        """Return what stands at a path in which no links are followed."""
        return _below(self.root, path.split("/") if path else ())

    def names_in(self, path: str) -> tuple[str, ...]:
        """Return the names in a directory; none where there is no such directory."""
        node = self.at(path)
        return tuple(node.children) if isinstance(node, Directory) else ()

    def deletion(self, path: str) -> Deletion | None:
        """Return which layer took away what stood at a path, the highest one if that happened again and again."""
        found: Deletion | None = None
        names = path.split("/")
        waiting: list[tuple[Directory, int]] = [(self.root, 0)]
        while waiting:
            directory, depth = waiting.pop()
            rest = names[depth + 1 :]
            child = directory.children.get(names[depth])
            loss = directory.lost.get(names[depth]) if directory.lost else None
            while loss:
                holder = _below(loss.node, rest)
                if holder and (found is None or loss.layer > found.layer):
                    found = Deletion(loss.layer, loss.how, "/".join(names[: depth + 1]), holder.layer)
                waiting += _next(loss.node, rest, depth)
                loss = loss.before
            waiting += _next(child, rest, depth)
        return found


def _next(node: TreeNode | None, rest: Sequence[str], depth: int) -> list[tuple[Directory, int]]:
    return [(node, depth + 1)] if rest and isinstance(node, Directory) else []


def _below(node: TreeNode, names: Sequence[str]) -> TreeNode | None:
    current: TreeNode | None = node
    for name in names:
        if not isinstance(current, Directory):
            return None
        current = current.children.get(name)
    return current
