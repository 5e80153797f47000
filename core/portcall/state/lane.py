"""One thing after another, beside the event loop, and nobody waits for long."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

#: More than that wait for a thread that hangs, and whoever comes next need not.
_LONGEST_QUEUE = 5000


@dataclass(frozen=True, slots=True)
class _Asked:
    """Something to do, and who waits for it."""

    work: Callable[[], object]
    done: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


class Lane:
    """Does what blocks in a thread of its own, which the end of the process does not wait for.

    Whoever asks may go: what was begun is finished all the same, and the next begins only then. What was not yet
    begun never is.

    Args:
        name: The thread's, for people who look at it.
        patience: Seconds for which anybody waits, for their turn and for the work together.
    """

    def __init__(self, name: str, patience: float) -> None:
        self._name = name
        self._patience = patience
        self._queue: SimpleQueue[_Asked | None] | None = None

    async def run(self, work: Callable[[], T]) -> T:
        """Return what ``work`` returns.

        Raises:
            TimeoutError: It took too long; what was begun may yet be done.
            Exception: Whatever ``work`` raises.
        """
        if self._queue is None:
            # One thread for all of it: to start one takes longer than most of what is asked.
            self._queue = SimpleQueue()
            threading.Thread(target=_work, args=(self._queue,), name=f"portcall-{self._name}", daemon=True).start()
        if self._queue.qsize() > _LONGEST_QUEUE:
            raise TimeoutError
        loop = asyncio.get_running_loop()
        asked = _Asked(work, loop.create_future(), loop)
        async with asyncio.timeout(self._patience):
            self._queue.put(asked)
            return cast("T", await asked.done)

    def end(self) -> None:
        """Let the thread end after what was asked of it."""
        queue, self._queue = self._queue, None
        if queue is not None:
            queue.put(None)


def _work(queue: SimpleQueue[_Asked | None]) -> None:
    while (asked := queue.get()) is not None:
        if asked.done.cancelled():
            continue
        try:
            settle = partial(asked.done.set_result, asked.work())
        except Exception as raised:  # noqa: BLE001 - raised where it is waited for
            settle = partial(asked.done.set_exception, raised)
        with suppress(RuntimeError):  # the loop has been closed meanwhile: then nobody waits either
            asked.loop.call_soon_threadsafe(_settle, asked.done, settle)


def _settle(done: asyncio.Future[Any], settle: Callable[[], None]) -> None:
    if not done.done():
        settle()
