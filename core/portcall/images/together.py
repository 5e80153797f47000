"""Doing many things side by side, but not too many."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

Item = TypeVar("Item")
Result = TypeVar("Result")


async def side_by_side(
    items: Sequence[Item], work: Callable[[Item], Awaitable[Result]], at_once: int = 8
) -> list[Result]:
    """Return ``work(item)`` for every item, in order, at most ``at_once`` under way.

    Raises:
        Exception: The first failure; the rest is cancelled. Give ``work`` its own ``try`` to go on.
    """
    places = asyncio.Semaphore(at_once)

    async def one(item: Item) -> Result:
        async with places:
            return await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(item)) for item in items]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]
