"""The files of an image as containers see them, and the bytes behind each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.images.files.node import TreeNode
    from portcall.images.files.tree import MergedTree

#: The entry that holds a file's bytes: its layer's number, from 1, and its own in that layer's index.
ContentKey: TypeAlias = tuple[int, int]


class VisibleFile(NamedTuple):
    """A name by which containers see a file's contents.

    Args:
        path: The name, without a leading ``/``.
        size: Bytes of the contents.
        content: Where they are.
        is_linked: Whether a hard link leads, or has led, to the same contents.
    """

    path: str
    size: int
    content: ContentKey
    is_linked: bool = False

    @property
    def layer(self) -> int:
        """The number, from 1, of the layer that holds the contents."""
        return self.content[0]


class VisibleFiles:
    """All regular files of the merged tree, by each of their names; walked anew each time, for they are many."""

    def __init__(self, tree: MergedTree) -> None:
        self._tree = tree
        self._linked = {_key(node) for _, node in tree if node.kind == "file" and node.content is not node}

    def __iter__(self) -> Iterator[VisibleFile]:
        for path, node in self._tree:
            if node.kind == "file":
                key = _key(node)
                yield VisibleFile(path, node.content.entry.size, key, key in self._linked)

    def once(self) -> Iterator[VisibleFile]:
        """Return each file by one of its names alone."""
        told: set[ContentKey] = set()
        for file in self:
            if file.content not in told:
                yield file
            if file.is_linked:
                told.add(file.content)


def _key(node: TreeNode) -> ContentKey:
    content = node.content
    return content.layer, content.number
