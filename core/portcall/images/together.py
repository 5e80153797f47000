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
        Exception: The first failure, with its own cause; the rest is cancelled. Give ``work`` its own ``try``
            to go on.
    """
    places = asyncio.Semaphore(at_once)

    async def one(item: Item) -> Result:
        async with places:
            return await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(item)) for item in items]
    except BaseExceptionGroup as failures:
        first = failures.exceptions[0]
    else:
        return [task.result() for task in tasks]
    # Outside the `except`, which would make the group its context.
    raise first


async def beside_the_loop(size: int, work: Callable[[], Result]) -> Result:
    """Return ``work()``, done in a thread where its ``size`` says that it takes its time.

    It takes no less time there, but the event loop goes on answering others, and deadlines still hold.
    """
    return work() if size < MANY else await asyncio.to_thread(work)
