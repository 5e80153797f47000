"""Whoever watches a layer go by for the sake of one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.images.files.facts import UnsureError
from portcall.images.files.node import IMPLIED, IMPLIED_ENTRY, TreeNode
from portcall.images.files.resolve import resolve
from portcall.images.files.seen import UndecidedError

if TYPE_CHECKING:
    from portcall.images.files.facts import LayerFacts
    from portcall.images.files.seen import LayersSeen
    from portcall.oci.layers.entry import LayerEntry

#: Files of the wanted name that are kept from one layer; repeated entries are rare, and each takes memory.
_MOST_KEPT = 4


class FileLookout:
    """Keeps the wanted part of a file from a layer, and stops the layer when the file is certain.

    Where the wanted path turns out to be a link, or to lead through one, what that leads to is looked for in the
    same pass, as long as it has not gone by yet. A file is certain when nothing in the layers below can change
    what is known of it; that a later entry of the same layer might replace it is left out of account, as no
    builder writes one.

    Args:
        seen: The layers above, and this one's facts as the last.
        facts: This layer's, filled as it goes by.
        path: The path that is asked for.
        window: Which bytes of the file: the first, and how many.
    """

    def __init__(self, seen: LayersSeen, facts: LayerFacts, path: str, window: tuple[int, int]) -> None:
        self._seen = seen
        self._facts = facts
        self._path = path
        self._window = window
        self._unproven = set(seen.pending)
        self._kept = 0
        self._target = path
        self._is_found = False
        self._guess = _Guess(seen)
        self._aim()

    def wants(self, entry: LayerEntry) -> tuple[int, int] | None:
        """Return the wanted bytes' place, if this is the file."""
        self._facts.add(entry)
        if entry.kind == "directory":
            self._unproven.discard(entry.path)
        if entry.path in self._guess.asked_for:
            self._aim()
        start, length = self._window
        if entry.path != self._target or start >= entry.size or self._kept == _MOST_KEPT:
            return None
        self._kept += 1
        return start, min(length, entry.size - start)

    def is_satisfied(self) -> bool:
        """Return whether the file is certain."""
        facts = self._facts
        return (
            self._is_found and self._seen.is_literal and not (facts.is_tangled or facts.unstated or self._unproven)
        )

    def _aim(self) -> None:
        self._guess.begin()
        self._is_found = False
        try:
            found = resolve(self._guess.at, self._path)
        except UnsureError:
            return
        self._target = found.path
        is_file = found.node is not None and found.node.kind == "file" and not found.fault
        self._is_found = is_file and not self._guess.is_guessed


class _Guess:
    """The tree, where everything that no layer has told yet is taken for a directory.

    Attributes:
        asked_for: Paths that were looked at.
        is_guessed: Whether nobody knew of one of them.
    """

    def __init__(self, seen: LayersSeen) -> None:
        self._seen = seen
        self.begin()

    def begin(self) -> None:
        """Forget what was asked for."""
        self.asked_for = set[str]()
        self.is_guessed = False

    def at(self, path: str) -> TreeNode | None:
        """Return what stands at a path."""
        self.asked_for.add(path)
        try:
            return self._seen.at(path)
        except UndecidedError:
            self.is_guessed = True
            return TreeNode(IMPLIED_ENTRY, 0, IMPLIED)
