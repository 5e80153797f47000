"""One thing after another, beside the event loop, and nobody waits for long."""

from __future__ import annotations

import asyncio
from contextvars import Context
from typing import TYPE_CHECKING, Any, TypeVar

from portcall.daemon import beside

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Lane:
    """Does what blocks in threads of its own, one at a time, in the order in which it was asked for.

    Whoever asks may go: what was begun is finished all the same, and the next begins only then. What was not yet
    begun never is.

    Args:
        name: The threads', for people who look at them.
        patience: Seconds for which anybody waits, for their turn and for the work together.
    """

    def __init__(self, name: str, patience: float) -> None:
        self._name = name
        self._patience = patience
        self._place = asyncio.Semaphore(1)

    async def run(self, work: Callable[[], T]) -> T:
        """Return what ``work`` returns.

        Raises:
            TimeoutError: It took too long; what was begun may yet be done.
            Exception: Whatever ``work`` raises.
        """
        async with asyncio.timeout(self._patience):
            await self._place.acquire()
            # Not in the context of this call, nor ended with it: a thread cannot be stopped, and keeps its place.
            task = asyncio.get_running_loop().create_task(beside(self._name, work), context=Context())
            task.add_done_callback(self._end)
            await asyncio.wait((task,))
        return task.result()

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._place.release()
        if not task.cancelled():
            task.exception()  # marks it as seen: whoever asked may have gone
