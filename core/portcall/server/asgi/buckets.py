"""How often each of many callers may ask."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_MINUTE = 60.0
_ROUNDING = 1e-6
#: Callers remembered at most: some megabytes. Past that the longest silent ones begin anew.
_MOST_CALLERS = 50_000


class Buckets:
    """A bucket of tokens for each caller: full at first, one taken by each request, refilled evenly.

    Args:
        per_minute: How many a bucket holds, and how many come back in a minute.
        clock: Tells seconds, from whenever.
        most_callers: How many buckets are kept.
    """

    def __init__(
        self,
        per_minute: int,
        clock: Callable[[], float] = time.monotonic,
        most_callers: int = _MOST_CALLERS,
    ) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._most_callers = most_callers
        # By who was last heard: (tokens left, when that was true).
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._left)

    def take(self, caller: str) -> float:
        """Take a token of ``caller``'s, and return 0; or return the seconds until there is one."""
        now = self._clock()
        self._forget(now)
        tokens, since = self._left.pop(caller, (float(self._per_minute), now))
        tokens = min(tokens + (now - since) * self._per_minute / _MINUTE, float(self._per_minute))
        # Fractions do not add up exactly; whoever waited as told shall not be told to wait again.
        has_one = tokens >= 1.0 - _ROUNDING
        self._left[caller] = (max(tokens - has_one, 0.0), now)
        return 0.0 if has_one else (1.0 - tokens) * _MINUTE / self._per_minute

    def _forget(self, now: float) -> None:
        """Forget buckets that are full again, which tell nothing; and the oldest where there are too many."""
        while self._left:
            _, since = next(iter(self._left.values()))
            if now - since < _MINUTE and len(self._left) < self._most_callers:
                return
            self._left.popitem(last=False)
