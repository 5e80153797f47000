"""What the merged tree is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from portcall.oci.layers.entry import LayerEntry

if TYPE_CHECKING:
    from portcall.models import EntryKind

#: How a path got lost: by a whiteout, an opaque directory, or because a directory gave way to something else.
How = Literal["whiteout", "opaque", "replaced"]
#: The number of an entry that no layer has: a directory that is there because something is in it.
IMPLIED: Final = -1
#: What such a directory is like, as engines make it; its path is not told.
IMPLIED_ENTRY: Final = LayerEntry("", "directory", mode=0o755)


class TreeNode:
    """One name of the merged tree.

    Args:
        entry: The entry that made it; of a directory, the last one that said what it is like. Its path is as that
            layer has it: where links lead through the tree, another than the node's.
        layer: Number of the layer that the entry is in, from 1, the lowest first.
        number: The entry's place in that layer's index; :data:`IMPLIED` where no layer states the directory.
        linked: Of a hard link, what it was linked to; ``None`` where that was not there.
    """

    __slots__ = ("_linked", "entry", "layer", "number")

    def __init__(self, entry: LayerEntry, layer: int, number: int, linked: TreeNode | None = None) -> None:
        self.entry = entry
        self.layer = layer
        self.number = number
        self._linked = linked

    @property
    def content(self) -> TreeNode:
        """The node whose entry holds the bytes: itself, or what a hard link shares them with."""
        return self._linked or self

    @property
    def is_broken(self) -> bool:
        """Whether it is a hard link to nothing."""
        return self._linked is None and self.entry.kind == "hardlink"

    @property
    def kind(self) -> EntryKind:
        """What it is to a container: of a hard link, what it shares; ``hardlink`` for a broken one alone."""
        return self.content.entry.kind

    @property
    def is_implied(self) -> bool:
        """Whether no layer says what this directory is like."""
        return self.number == IMPLIED


class Directory(TreeNode):
    """A directory.

    Attributes:
        children: By name.
        lost: What was in it, and is no more, by name.
        touched: The last layer that put something into it, at whatever depth.
        emptied: The last layer that let nothing of lower layers stay in it.
    """

    __slots__ = ("children", "emptied", "lost", "touched")

    def __init__(self, entry: LayerEntry, layer: int, number: int) -> None:
        super().__init__(entry, layer, number)
        self.children: dict[str, TreeNode] = {}
        self.lost: dict[str, Loss] | None = None
        self.touched = 0
        self.emptied = layer

    def lose(self, name: str, layer: int, how: How) -> None:
        """Take a child out, and remember it for whoever asks where it is."""
        if self.lost is None:
            self.lost = {}
        self.lost[name] = Loss(layer, how, self.children.pop(name), self.lost.get(name))

    def become_implied(self, layer: int) -> None:
        """Keep the directory for what a layer has in it, though its own entry is gone."""
        self.entry, self.layer, self.number = IMPLIED_ENTRY, layer, IMPLIED


class Loss(NamedTuple):
    """Something that a layer took away.

    Args:
        layer: Number of that layer.
        how: By what.
        node: What it was, with all that was in it.
        before: What had been lost there before, by a lower layer.
    """

    layer: int
    how: How
    node: TreeNode
    before: Loss | None
