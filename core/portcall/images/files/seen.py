"""What the upper layers of an image tell of its tree, while the lower ones are not read yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.images.files.facts import UnsureError
from portcall.images.files.node import IMPLIED, IMPLIED_ENTRY, Directory
from portcall.images.files.tree import Deletion

if TYPE_CHECKING:
    from portcall.errors import PortcallError
    from portcall.images.files.facts import LayerFacts
    from portcall.images.files.node import TreeNode


class UndecidedError(Exception):
    """No layer that is seen so far says anything of a path."""


class LayersSeen:
    """The tree, as far as layers from the top down to some layer tell it.

    The highest layer that says something of a path decides, if all is as it is written; see
    :class:`~portcall.images.files.facts.LayerFacts`. Whether it is, is looked at as more layers are seen: a
    directory that a layer does not state has to be one in the nearest layer below that has it.

    Args:
        count: How many layers there are.

    Attributes:
        pending: Directories that have yet to be found to be some.
        is_literal: Whether all layers so far can be read as they are written.
    """

    def __init__(self, count: int) -> None:
        self.unreadable: dict[int, PortcallError] = {}
        self._left = count
        self._facts: list[LayerFacts] = []
        self.is_literal = True
        self.pending: set[str] = set()

    @property
    def is_sure(self) -> bool:
        """Whether what is told holds whatever is in the layers that are not seen yet."""
        return self.is_literal and not (self.pending and self._left)

    def begin(self, facts: LayerFacts) -> None:
        """Let a layer's facts count, though it may not have been read to its end yet."""
        self._facts.append(facts)

    def finish(self) -> None:
        """Take the last layer for read."""
        facts = self._facts[-1]
        self._left -= 1
        self.is_literal &= not facts.is_tangled
        for path in list(self.pending):
            if facts.states_other_than_directory(path):
                self.is_literal = False
            elif facts.states_directory(path) or facts.hides(path):
                self.pending.discard(path)
        self.pending |= facts.unstated

    def at(self, path: str) -> TreeNode | None:
        """Return what stands at a path whose parent is a directory.

        Raises:
            UndecidedError: That depends on the layers that are not seen yet.
            UnsureError: That cannot be told in this way.
        """
        if not path:
            return Directory(IMPLIED_ENTRY, 0, IMPLIED)
        for facts in self._facts:
            node = facts.node(path)
            if node is not None:
                return node
            if facts.hides(path):
                return None
        if self._left:
            raise UndecidedError
        return None

    def names_in(self, path: str) -> tuple[str, ...]:
        """Return the names in a directory, as far as they are seen."""
        names = dict.fromkeys(name for facts in self._facts for name in facts.names_in(path))
        return tuple(name for name in names if self._is_there(f"{path}/{name}" if path else name))

    def deletion(self, path: str) -> Deletion | None:
        """Return which layer took away what stood at a path; ``None`` where nobody knows that anything did."""
        for number, facts in enumerate(self._facts):
            hidden = facts.hides(path)
            if hidden:
                below = (lower.layer for lower in self._facts[number + 1 :] if lower.has(path))
                holder = next(below, None)
                is_told = holder is not None or hidden == ("whiteout", path)
                return Deletion(facts.layer, hidden.how, hidden.path, holder) if is_told else None
        return None

    def _is_there(self, path: str) -> bool:
        try:
            return self.at(path) is not None
        except (UndecidedError, UnsureError):
            return False
