"""Whether links lead anywhere: looked at for one page of rows, and no further than a page is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.images.files.resolve import resolve

if TYPE_CHECKING:
    from portcall.images.files.node import TreeNode
    from portcall.images.files.tree import MergedTree

#: Characters of paths that are walked for one page: a thousand links of real images take a tenth of it.
_MOST_EFFORT = 1_000_000
#: What an engine makes when it starts a container, so that images need not have it.
_MADE_AT_START = ("proc", "sys", "dev")


class _TooFarError(Exception):
    """Links lead further than can be followed."""


class Links:
    """Follows the links of one page.

    Args:
        tree: The merged view.
    """

    def __init__(self, tree: MergedTree) -> None:
        self._tree = tree
        self._effort = 0

    def is_dangling(self, path: str, node: TreeNode) -> bool | None:
        """Return whether a link leads nowhere; ``None`` where that is not known, and ``False`` of what is no link.

        It is not known of what would be in a layer that cannot be read, nor of ways that are too long to follow.
        """
        if node.kind != "symlink":
            leads = not node.is_broken
        else:
            try:
                found = resolve(self._at, path)
            except _TooFarError:
                return None
            leads = not found.fault or found.sought.split("/")[0] in _MADE_AT_START
        # What is not there may be in a layer that could not be read.
        return False if leads else None if self._tree.unreadable else True

    def _at(self, path: str) -> TreeNode | None:
        found = self._tree.at(path)
        self._effort += len(path) + 1
        if found is not None and found.kind == "symlink":
            self._effort += len(found.content.entry.target or "")
        if self._effort > _MOST_EFFORT:
            raise _TooFarError
        return found
