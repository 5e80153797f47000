"""Single flight: identical questions asked at the same time share one answer."""

from __future__ import annotations

import asyncio
import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from portcall.deadline import SharedDeadline
from portcall.errors import PortcallError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable

T = TypeVar("T")


@dataclass(slots=True)
class _Flight(Generic[T]):
    task: asyncio.Task[T]
    deadline: SharedDeadline = field(default_factory=SharedDeadline)
    waiting: int = 0


class Flights(Generic[T]):
    """Work under way, by key. One caller's cancellation never cancels what others still wait for."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, _Flight[T]] = {}
        # The event loop itself holds tasks weakly; a cancelled one may still be closing its connection.
        self._tasks: set[asyncio.Task[T]] = set()

    async def share(self, key: Hashable, work: Callable[[], Coroutine[None, None, T]]) -> T:
        """Return what ``work()`` returns, joining the flight under ``key`` where there is one.

        The work may take as long as the most patient of its callers; when all of them are gone, it stops.

        Raises:
            Exception: Whatever ``work`` raises, in every caller; a :class:`PortcallError` as each one's own.
        """
        flight = self._under_way.get(key) or self._take_off(key, work)
        flight.deadline.join()
        flight.waiting += 1
        try:
            await asyncio.wait((flight.task,))
        finally:
            flight.waiting -= 1
            if flight.waiting == 0 and not flight.task.done():
                # Nobody is left: stop the work, and let no newcomer board a flight that is going down.
                self._land(key, flight.task)
                flight.task.cancel()
        return _outcome(flight.task)

    async def aclose(self) -> None:
        """Stop all work, and wait until it has."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _take_off(self, key: Hashable, work: Callable[[], Coroutine[None, None, T]]) -> _Flight[T]:
        deadline = SharedDeadline()
        task = asyncio.create_task(work(), context=deadline.context())
        self._under_way[key] = flight = _Flight(task, deadline)
        self._tasks.add(task)
        task.add_done_callback(lambda task: self._land(key, task))
        return flight

    def _land(self, key: Hashable, task: asyncio.Task[T]) -> None:
        flight = self._under_way.get(key)
        if flight is not None and flight.task is task:
            del self._under_way[key]
        if task.done():
            self._tasks.discard(task)
            if not task.cancelled():
                task.exception()  # marks it as seen: every caller may have gone


def _outcome(task: asyncio.Task[T]) -> T:
    if task.cancelled():
        raise UnreachableError("portcall was closed while it asked", hint="Ask again once it is running.")
    error = task.exception()
    if isinstance(error, PortcallError):
        # A copy for each caller: whoever handles it notes down whose question it was.
        raise copy.copy(error) from error
    return task.result()
