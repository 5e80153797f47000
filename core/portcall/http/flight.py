"""Single flight: identical questions asked at the same time share one answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable

T = TypeVar("T")


@dataclass(slots=True)
class _Flight(Generic[T]):
    task: asyncio.Task[T]
    waiting: int = 0


class Flights(Generic[T]):
    """Work under way, by key. One caller's cancellation never cancels what others still wait for."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, _Flight[T]] = {}

    async def share(self, key: Hashable, work: Callable[[], Coroutine[None, None, T]]) -> T:
        """Return what ``work()`` returns, joining the flight under ``key`` where there is one.

        Raises:
            Exception: Whatever ``work`` raises, in every caller.
        """
        flight = self._under_way.get(key)
        if flight is None:
            flight = _Flight(asyncio.create_task(work()))
            self._under_way[key] = flight
            flight.task.add_done_callback(lambda task: self._land(key, task))
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if flight.waiting == 0 and not flight.task.done():
                # Nobody is left: stop the work, and let no newcomer board a flight that is going down.
                self._land(key, flight.task)
                flight.task.cancel()

    def _land(self, key: Hashable, task: asyncio.Task[T]) -> None:
        flight = self._under_way.get(key)
        if flight is not None and flight.task is task:
            del self._under_way[key]
        if task.done() and not task.cancelled():
            task.exception()  # marks it as seen: every caller may have gone
