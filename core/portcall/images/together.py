"""Doing many things side by side, but not too many; and long sums beside the event loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

Item = TypeVar("Item")
Result = TypeVar("Result")

#: From so many names on, reading and sorting them takes longer than other callers should wait.
MANY = 2000


async def side_by_side(
    items: Sequence[Item], work: Callable[[Item], Awaitable[Result]], at_once: int = 8
) -> list[Result]:
    """Return ``work(item)`` for every item, in order, at most ``at_once`` under way.

    Raises:
        Exception: The first failure, with its own cause; the rest is cancelled, and whatever that raises is not
            told. Give ``work`` its own ``try`` to go on.
    """
    places = asyncio.Semaphore(at_once)

    async def one(item: Item) -> Result:
        async with places:
            return await work(item)

    # No TaskGroup: until Python 3.13 one that failed leaves its own task marked as being cancelled, and whoever
    # bounds that by a scope of theirs (anyio's, or a timeout) is cancelled in its place.
    tasks = [asyncio.create_task(one(item)) for item in items]
    failure: BaseException | None = None
    try:
        if tasks:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        failure = _first_failure(tasks)
    finally:
        await _stopped(tasks)
    if failure is not None:
        raise failure
    return [task.result() for task in tasks]


def _first_failure(tasks: Sequence[asyncio.Task[Result]]) -> BaseException | None:
    """Return the failure of those that have ended, in the items' order where several failed at once."""
    failures = (task.exception() for task in tasks if task.done() and not task.cancelled())
    return next((failure for failure in failures if failure is not None), None)


async def _stopped(tasks: Sequence[asyncio.Task[Result]]) -> None:
    """Cancel what is under way, and wait for its end, however often whoever waits is cancelled meanwhile.

    Raises:
        asyncio.CancelledError: They were; the tasks have ended all the same.
    """
    under_way = [task for task in tasks if not task.done()]
    for task in under_way:
        task.cancel()
    cancelled: asyncio.CancelledError | None = None
    while waiting := [task for task in under_way if not task.done()]:
        try:
            await asyncio.wait(waiting)
        except asyncio.CancelledError as error:
            cancelled = error
    for task in tasks:
        if not task.cancelled():
            task.exception()  # asked for, or asyncio logs it as one that nobody saw
    if cancelled is not None:
        raise cancelled


async def beside_the_loop(size: int, work: Callable[[], Result]) -> Result:
    """Return ``work()``, done in a thread where its ``size`` says that it takes its time.

    It takes no less time there, but the event loop goes on answering others, and deadlines still hold.
    """
    return work() if size < MANY else await asyncio.to_thread(work)
