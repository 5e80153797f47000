"""How many layers are read at the same time."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

#: By all calls together: each takes a thread and some megabytes.
_AT_ONCE = 12
#: From one registry, so that one that hangs keeps none but its own callers waiting, and connections are left for
#: other questions.
_OF_ONE_REGISTRY = 4


class Places:
    """Places for those who read layers from their beginning."""

    def __init__(self) -> None:
        self._all = asyncio.Semaphore(_AT_ONCE)
        # For as long as somebody reads from there, or waits for it.
        self._of_one: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @contextlib.asynccontextmanager
    async def taken(self, registry: str) -> AsyncIterator[None]:
        """Hold a place while the block lasts; wait for it first."""
        own = self._of_one.get(registry)
        if own is None:
            self._of_one[registry] = own = asyncio.Semaphore(_OF_ONE_REGISTRY)
        async with own, self._all:
            yield
