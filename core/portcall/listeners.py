"""Telling plugins of finished calls, without any call waiting for it."""

from __future__ import annotations

import contextlib
import inspect
import math
import threading
import time
from collections import deque
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from portcall.daemon import beside
from portcall.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from portcall.call_event import CallFinished

_log = get_logger("portcall.plugins")

#: Events that wait for one plugin at most; seconds between two complaints of what it missed.
MOST_WAITING = 1000
_PAUSE = 60.0
#: Seconds that all plugins together have in the end, for what is still waiting.
PATIENCE = 2.0


class Listeners:
    """Everybody who hears of finished calls.

    Args:
        hooks: Each plugin's ``portcall_call_finished`` by the plugin's name.
    """

    def __init__(self, hooks: Iterable[tuple[str, Callable[..., Any]]]) -> None:
        self._listeners = tuple(Listener(name, hook) for name, hook in hooks)
        self._observers: list[Callable[[CallFinished], None]] = []

    def __bool__(self) -> bool:
        return bool(self._listeners or self._observers)

    def observe(self, hear: Callable[[CallFinished], None]) -> None:
        """Have ``hear``, which is portcall's own, told of every event at once; it is quick, and raises nothing."""
        self._observers.append(hear)

    def tell(self, event: CallFinished) -> None:
        """Let everybody hear of ``event`` soon; returns at once."""
        for hear in self._observers:
            hear(event)
        for listener in self._listeners:
            listener.tell(event)

    async def aclose(self, patience: float = PATIENCE) -> None:
        """Wait until everybody has heard all, ``patience`` seconds at most; nothing is told after that."""
        for listener in self._listeners:
            listener.close()
        if any(listener.has_begun for listener in self._listeners):
            await beside("farewell", partial(self._part, time.monotonic() + patience))

    def _part(self, end: float) -> None:
        for listener in self._listeners:
            listener.part(max(end - time.monotonic(), 0.0))


class Listener:
    """One plugin's listener: events wait in a queue for a daemon thread, which begins with the first of them.

    A listener that is slow misses events, one that hangs keeps nobody, and one that raises costs that event.

    Args:
        name: The plugin's: ``"portcall-audit:main"``.
        hook: Its ``portcall_call_finished``, called by keyword; returns what each implementation did.
        most: How many events may wait.
        clock: Tells seconds, from whenever.
    """

    def __init__(
        self,
        name: str,
        hook: Callable[..., Any],
        most: int = MOST_WAITING,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._hook = hook
        self._most = most
        self._clock = clock
        self._waiting: deque[CallFinished] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self._has_failed = False
        self._missed = 0
        self._complained = -math.inf

    @property
    def has_begun(self) -> bool:
        """Whether it has a thread: no event, no thread."""
        return self._thread is not None

    def tell(self, event: CallFinished) -> None:
        """Put ``event`` in the queue; where that is full, or closed, the plugin misses it."""
        with self._changed:
            if self._is_closed:
                return
            if len(self._waiting) < self._most:
                self._waiting.append(event)
                self._changed.notify()
                self._begin()
                return
            self._missed += 1
        if self._clock() >= self._complained + _PAUSE:
            self._complain()

    def close(self) -> None:
        """Take no more events; what waits is still told."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def part(self, seconds: float) -> None:
        """Wait until all is told, or give the rest up after ``seconds``; then say what was missed."""
        if self._thread is not None:
            self._thread.join(seconds)
        with self._changed:
            self._missed += len(self._waiting)
            self._waiting.clear()
        if self._missed:
            self._complain()

    def _begin(self) -> None:
        if self._thread is not None:
            return
        thread = threading.Thread(target=self._run, name=f"portcall-listener-{self._name}", daemon=True)
        # Where the system has no thread to give, the next event tries again.
        with contextlib.suppress(RuntimeError):
            thread.start()
            self._thread = thread

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_closed)
                if not self._waiting:
                    return
                event = self._waiting.popleft()
            self._deliver(event)

    def _deliver(self, event: CallFinished) -> None:
        try:
            # Each has a copy: what one plugin does to it is no other's business.
            own = replace(event, arguments=dict(event.arguments), looked_up=dict(event.looked_up))
            _heard(self._hook(event=own))
        except BaseException as error:  # noqa: BLE001 - even what leaves (`sys.exit()`) costs this event alone
            tell = _log.debug if self._has_failed else _log.warning
            self._has_failed = True
            tell("listener_failed", plugin=self._name, event_of=event.tool, exc_info=error)

    def _complain(self) -> None:
        with self._changed:
            self._complained = self._clock()
            missed, self._missed = self._missed, 0
        _log.warning("listener_missed_calls", plugin=self._name, missed=missed)


def _heard(returned: Any) -> None:
    for each in returned or ():
        if inspect.iscoroutine(each):
            each.close()
            raise TypeError("portcall_call_finished returned a coroutine, which nobody awaits")
