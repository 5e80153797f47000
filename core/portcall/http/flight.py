"""Single flight: identical questions asked at the same time share one answer."""

from __future__ import annotations

import asyncio
import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from portcall.deadline import SharedDeadline, remaining
from portcall.errors import PortcallError, UnreachableError
from portcall.http.tracing import link_flight

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable
    from contextvars import Context

T = TypeVar("T")

#: Longest that work goes on unattended, in seconds, where its last caller has no deadline.
_UNATTENDED = 60.0


@dataclass(slots=True)
class _Flight(Generic[T]):
    task: asyncio.Task[T]
    context: Context
    deadline: SharedDeadline = field(default_factory=SharedDeadline)
    waiting: int = 0


class Flights(Generic[T]):
    """Work under way, by key. One caller's cancellation never cancels what others still wait for."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, _Flight[T]] = {}
        # The event loop itself holds tasks weakly; a cancelled one may still be closing its connection.
        self._tasks: set[asyncio.Task[T]] = set()

    async def share(
        self, key: Hashable, work: Callable[[], Coroutine[None, None, T]], patience: float | None = None
    ) -> T:
        """Return what ``work()`` returns, joining the flight under ``key`` where there is one.

        The work may take as long as the most patient of its callers; when all of them are gone, it stops.

        Args:
            key: What the work is about.
            work: Begun where nobody has begun it.
            patience: Seconds after which this caller has something better to do. The work then goes on for
                whoever comes next, for as long as this caller's deadline would have let it.

        Raises:
            TimeoutError: Patience ran out.
            Exception: Whatever ``work`` raises, in every caller; a :class:`PortcallError` as each one's own.
        """
        flight = self._under_way.get(key)
        if flight is None:
            flight = self._take_off(key, work)
        else:
            link_flight(flight.context)
        flight.deadline.join()
        flight.waiting += 1
        leaves = False
        try:
            done, _ = await asyncio.wait((flight.task,), timeout=patience)
            leaves = not done
        finally:
            flight.waiting -= 1
            if flight.waiting == 0 and not flight.task.done():
                if leaves:
                    self._leave(key, flight)
                else:
                    self._give_up(key, flight)
        if leaves:
            raise TimeoutError
        return _outcome(flight.task)

    async def aclose(self) -> None:
        """Stop all work, and wait until it has."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _leave(self, key: Hashable, flight: _Flight[T]) -> None:
        """Let the work go on unattended, though not for ever."""
        loop = asyncio.get_running_loop()
        end = loop.call_later(min(remaining(), _UNATTENDED), self._give_up_unattended, key, flight)
        flight.task.add_done_callback(lambda _: end.cancel())

    def _give_up_unattended(self, key: Hashable, flight: _Flight[T]) -> None:
        if flight.waiting == 0:
            self._give_up(key, flight)

    def _give_up(self, key: Hashable, flight: _Flight[T]) -> None:
        """Stop work that nobody waits for, and let no newcomer board a flight that is going down."""
        self._land(key, flight.task)
        flight.task.cancel()

    def _take_off(self, key: Hashable, work: Callable[[], Coroutine[None, None, T]]) -> _Flight[T]:
        deadline = SharedDeadline()
        context = deadline.context()
        task = asyncio.create_task(work(), context=context)
        self._under_way[key] = flight = _Flight(task, context, deadline)
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
