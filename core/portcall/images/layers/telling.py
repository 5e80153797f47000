"""How far the layers of one call have come."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from portcall.progress import Progress

Result = TypeVar("Result")

#: Seconds between two reports.
TICK = 0.25
_MEGABYTE = 1_000_000


class Telling:
    """Tells how many megabytes of layers were read, now and then while work is under way.

    Args:
        progress: Whom to tell, if anybody.
        read: Returns the bytes that were read so far.
    """

    def __init__(self, progress: Progress | None, read: Callable[[], int]) -> None:
        self._progress = progress
        self._read = read
        self._told = 0

    async def about(self, planned: int, work: Coroutine[None, None, Result]) -> Result:
        """Return what ``work`` returns, and tell how far it has come.

        Args:
            planned: Bytes that it is going to read.
            work: The work; it is cancelled with whoever waits for it.
        """
        if self._progress is None or not planned:
            return await work
        expected = self._read() + planned
        task = asyncio.ensure_future(work)
        try:
            await self._tell(self._progress, expected)
            while not (await asyncio.wait((task,), timeout=TICK))[0]:
                await self._tell(self._progress, expected)
            await self._tell(self._progress, expected)
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait((task,))
        return task.result()

    async def _tell(self, progress: Progress, expected: int) -> None:
        total = expected // _MEGABYTE
        # What was fetched twice, because a line broke, is not told twice.
        done = min(self._read() // _MEGABYTE, total)
        if done > self._told:
            self._told = done
            await progress(done, total, "MB of layers")
