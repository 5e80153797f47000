"""A layer as dive sees it: a tree of names, in which whiteouts are files of their own.

Source: wagoodman/dive, ``dive/filetree/file_tree.go`` and ``file_node.go``.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from portcall.errors import TooLargeError
from portcall.oci.layers.entry import WHITEOUT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from portcall.oci.layers.entry import LayerEntry

#: Opaque markers, and the books that AUFS kept: dive leaves them out, but makes the folders that they are in.
_LEFT_OUT = ".wh..wh."
#: Most folders that paths may lead through without an entry of their own; honest layers list nearly all.
_MOST_UNLISTED = 500_000
#: What most names have: a dictionary each would take more than all the rest.
_CHILDLESS: Final = MappingProxyType[str, "DiveNode"]({})


class DiveNode:
    """A name in a layer, or in several that are stacked.

    Args:
        path: As its entry has it, without a leading ``/``; ``""`` for a folder without an entry.
    """

    __slots__ = ("children", "is_directory", "path", "size")

    def __init__(self, path: str = "") -> None:
        self.path = path
        self.size = 0
        # Only where an entry says so: to dive, a folder that is merely led through is none.
        self.is_directory = False
        self.children: dict[str, DiveNode] | Mapping[str, DiveNode] = _CHILDLESS

    def child(self, name: str) -> DiveNode:
        """Return the child of that name, made where there is none."""
        if not isinstance(self.children, dict):
            self.children = {}
        found = self.children.get(name)
        if found is None:
            found = self.children[name] = DiveNode()
        return found

    def remove(self, name: str) -> None:
        """Take out the child of that name, where there is one."""
        if isinstance(self.children, dict):
            self.children.pop(name, None)

    def find(self, path: str) -> DiveNode | None:
        """Return what a path leads to; links are not followed."""
        node: DiveNode | None = self
        for name in path.split("/"):
            if node is not None and name:
                node = node.children.get(name)
        return node

    def leaves(self) -> Iterator[DiveNode]:
        """Return all that has no children, the children of each folder in the order of their names' bytes."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            if node.children:
                waiting += (node.children[name] for name in reversed(_in_order(node.children)))
            elif node is not self:
                yield node

    def total(self, known: dict[int, int]) -> int:
        """Return the bytes of all below, its own included.

        Args:
            known: Totals by the ``id`` of a node; what is summed once is not summed again while nothing changes.
        """
        order, waiting = [], [self]
        while waiting:
            node = waiting.pop()
            if id(node) not in known:
                order.append(node)
                waiting += node.children.values()
        for node in reversed(order):
            known[id(node)] = node.size + sum(known[id(child)] for child in node.children.values())
        return known[id(self)]

    def stack(self, upper: DiveNode) -> None:
        """Put a layer on top: what it has replaces what is here, and what it deletes goes.

        An entry that is no folder leaves the children of the folder that it replaces; a folder that is merely
        led through replaces the entry here, which is none from then on. Both are dive's ways.
        """
        waiting = [(self, upper)]
        while waiting:
            below, above = waiting.pop()
            for name in _in_order(above.children):
                node = above.children[name]
                if name.startswith(WHITEOUT):
                    _delete(below, name[len(WHITEOUT) :], is_root=below is self)
                else:
                    placed = below.child(name)
                    placed.size, placed.is_directory = node.size, node.is_directory
                if node.children:
                    waiting.append((below.child(name), node))


def dive_tree(entries: Iterable[LayerEntry]) -> DiveNode:
    """Return the tree of a layer; of entries with one path, the last counts.

    Raises:
        TooLargeError: The paths lead through more folders than memory should hold.
    """
    planting = _Planting()
    for entry in entries:
        planting.add(entry)
    return planting.root


class _Planting:
    """A layer's tree while it grows."""

    def __init__(self) -> None:
        self.root = DiveNode()
        # Most entries are in the folder of an entry before: no need to find it from the root each time.
        self._folders: dict[str, DiveNode] = {"": self.root}
        self._unlisted = 0

    def add(self, entry: LayerEntry) -> None:
        parent, _, name = entry.path.rpartition("/")
        folder = self._folders.get(parent) or self._lead_to(parent)
        if folder is None or not name:
            return
        if name.startswith(_LEFT_OUT):
            folder.path = folder.path or parent
            return
        node = folder.child(name)
        self._unlisted -= not node.path and bool(node.children)
        node.path, node.size, node.is_directory = entry.path, entry.size, entry.kind == "directory"

    def _lead_to(self, path: str) -> DiveNode | None:
        """Return the folder of that path, made where there is none; ``None`` where it is left out."""
        node, parts = self.root, path.split("/")
        for depth, name in enumerate(parts):
            if name.startswith(_LEFT_OUT):
                node.path = node.path or "/".join(parts[:depth])
                return None
            self._unlisted += name not in node.children
            node = node.child(name)
        if self._unlisted > _MOST_UNLISTED:
            raise _too_deep()
        self._folders[path] = node
        return node


def _delete(folder: DiveNode, name: str, *, is_root: bool) -> None:
    """Do as a whiteout of that name in a folder says."""
    if name:
        folder.remove(name)
    elif not is_root:
        # A whiteout of nothing deletes the folder that it is in, which its own entry brings back.
        folder.children = _CHILDLESS


def _in_order(names: Iterable[str]) -> list[str]:
    """Return names in the order of their bytes, as Go sorts them."""
    ordered = sorted(names)
    return ordered if "".join(ordered).isascii() else sorted(ordered, key=_in_bytes)


def _in_bytes(name: str) -> bytes:
    try:
        return name.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        # Half of a pair that no byte stands for: a table of contents wrote it, which dive does not read.
        return name.encode(errors="surrogatepass")


def _too_deep() -> TooLargeError:
    return TooLargeError(
        f"a layer's paths lead through more than {_MOST_UNLISTED:,} folders that it does not list",
        hint="No honest layer does; without deep, the sizes are told from manifest and configuration alone.",
    )
