"""What was worked out lately, kept while it is likely to be wanted again."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """A mapping that holds the entries used last, and forgets the others.

    Args:
        most: How many entries are held.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """Return what is held under ``key``, if anything is."""
        value = self._held.get(key)
        if value is not None:
            self._held.move_to_end(key)
        return value

    def put(self, key: Key, value: Value) -> None:
        """Hold ``value`` under ``key``."""
        self._held[key] = value
        self._held.move_to_end(key)
        if len(self._held) > self._most:
            self._held.popitem(last=False)

    def drop(self, key: Key) -> None:
        """Hold nothing under ``key``."""
        self._held.pop(key, None)

    def __len__(self) -> int:
        return len(self._held)
