"""Whoever watches a layer go by for the sake of one entry that is known to be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portcall.oci.layers.entry import LayerEntry


class EntryLookout:
    """Keeps a part of one file.

    Args:
        path: The file's.
        window: Which bytes of it: the first, and how many.
        number: Of its entry in the archive; ``None`` where that is not known, for the first of that path.
    """

    def __init__(self, path: str, window: tuple[int, int], number: int | None) -> None:
        self._path = path
        self._window = window
        self._number = number
        self._at = -1
        #: The number of the entry that was found.
        self.found: int | None = None

    def wants(self, entry: LayerEntry) -> tuple[int, int] | None:
        """Return the part that is wanted, where this is the file."""
        self._at += 1
        is_it = self.found is None and entry.path == self._path and entry.kind == "file"
        if not is_it or self._number not in {None, self._at}:
            return None
        self.found = self._at
        return self._window

    def is_satisfied(self) -> bool:
        """Return whether it went by."""
        return self.found is not None
