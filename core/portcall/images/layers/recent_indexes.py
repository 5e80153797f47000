"""Indexes that are held ready to use: what is asked of an image is rarely asked once."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

    from portcall.http.reply import Reply
    from portcall.oci.layers.index import LayerIndex


class RecentIndexes:
    """Indexes by name, those used last, for as long as the cache holds the very reply that each was read from.

    So that the cache alone decides who is told what, and for how long.

    Args:
        most: Entries of all of them together; one takes some 400 bytes.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries = 0
        self._held: OrderedDict[Hashable, tuple[Reply, LayerIndex]] = OrderedDict()

    def get(self, name: Hashable, reply: Reply) -> LayerIndex | None:
        """Return the index that was read from this reply, if it is held."""
        held = self._held.get(name)
        if held is None or held[0] is not reply:
            return None
        self._held.move_to_end(name)
        return held[1]

    def put(self, name: Hashable, reply: Reply, index: LayerIndex) -> None:
        """Hold an index, and let go of those not used for longest; one that is too large is not held."""
        self.drop(name)
        if _cost(index) > self._most:
            return
        self._held[name] = (reply, index)
        self._entries += _cost(index)
        while self._entries > self._most:
            _, (_, oldest) = self._held.popitem(last=False)
            self._entries -= _cost(oldest)

    def drop(self, name: Hashable) -> None:
        """Hold nothing under a name."""
        held = self._held.pop(name, None)
        if held is not None:
            self._entries -= _cost(held[1])

    def __len__(self) -> int:
        return len(self._held)


def _cost(index: LayerIndex) -> int:
    # One of no entries takes a little, too.
    return len(index.entries) + sum(map(len, index.chunks.values())) + 10
