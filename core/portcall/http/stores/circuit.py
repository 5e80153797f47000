"""Whether something works, as far as is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import structlog

#: Seconds that something is left alone after a failure.
PAUSE = 5.0


class Circuit:
    """Lets everybody pass while something works; after a failure nobody for a while, and then one to try it.

    Args:
        clock: Where the time comes from, in seconds; never set back.
        log: Told of an outage's begin and end, once each.
        broken: The event of its begin.
        mended: The event of its end.
    """

    def __init__(
        self, clock: Callable[[], float], log: structlog.stdlib.BoundLogger, broken: str, mended: str
    ) -> None:
        self._clock = clock
        self._log = log
        self._broken, self._mended = broken, mended
        self._failures = 0
        self._since = 0.0
        self._next_try = 0.0
        self.problem = ""
        """What failed last; empty while it works."""

    @property
    def is_open(self) -> bool:
        """Whether nobody may pass now."""
        return bool(self.problem) and self._clock() < self._next_try

    def enter(self) -> int:
        """Pass; return what :meth:`succeed` and :meth:`fail` want to know: before or after which failure."""
        if self.problem:
            self._next_try = self._clock() + PAUSE  # one at a time tries
        return self._failures

    def leave(self) -> None:
        """Note that whoever passed did not find out."""
        self._next_try = self._clock()

    def succeed(self, entered: int) -> None:
        """Note that it works; who passed before the failure cannot tell."""
        if self.problem and entered == self._failures:
            self.problem = ""
            self._log.info(self._mended, seconds=round(self._clock() - self._since, 1))

    def fail(self, entered: int, problem: str) -> None:
        """Note that it does not work; of those that passed at the same time, the first to fail counts."""
        if entered != self._failures:
            return
        self._failures += 1
        self._next_try = self._clock() + PAUSE
        if not self.problem:
            self._since = self._clock()
            self._log.warning(self._broken, error=problem)
        self.problem = problem
