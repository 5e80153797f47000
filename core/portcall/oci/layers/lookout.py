"""Whoever watches a scan, for the sake of one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from portcall.oci.layers.entry import LayerEntry


class Lookout(Protocol):
    """What a scan is for; called in the scanning thread, for every entry in the archive's order."""

    def wants(self, entry: LayerEntry) -> tuple[int, int] | None:
        """Return which bytes of a regular file's contents to keep, as (start, length); ``None`` for none.

        Asked for entries of every kind, so that a whiteout or a link is seen, too; what it answers for those
        without contents is ignored. The entry has no digest yet.
        """
        ...

    def is_satisfied(self) -> bool:
        """Return whether the rest of the layer need not be read; asked after each entry and its contents."""
        ...
