"""Whoever watches a layer go by for the sake of one entry that is known to be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portcall.oci.layers.entry import LayerEntry


class EntryLookout:
    """Keeps a part of one file.

    Args:
        path: The file's.
        window: Which bytes of it: the first, and how many.
        number: Of its entry in the archive; ``None`` where that is not known, for the last of that path.
    """

    def __init__(self, path: str, window: tuple[int, int], number: int | None) -> None:
        self._path = path
        self._window = window
        self._number = number
        self._at = -1
        self._is_found = False

    def wants(self, entry: LayerEntry) -> tuple[int, int] | None:
        """Return the part that is wanted, where this is the file."""
        self._at += 1
        is_it = entry.path == self._path and entry.kind == "file" and self._number in {None, self._at}
        self._is_found |= is_it
        return self._window if is_it else None

    def is_satisfied(self) -> bool:
        """Return whether it went by."""
        return self._is_found

    def numbers(self, kept: Mapping[int, bytes]) -> list[int]:
        """Return the numbers of the entries that were kept, the last first."""
        return sorted(kept, reverse=True)
