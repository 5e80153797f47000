"""Registries that failed a moment ago, which whoever goes on typing does not ask again at once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from portcall.errors import DeadlineExceededError, RateLimitedError, UnreachableError, UpstreamError
from portcall.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Callable

    from portcall.errors import PortcallError

#: Seconds for which a registry that failed is left alone.
_SECONDS = 10.0
#: Registries, each with who asked it, that are remembered.
_MOST = 1024
#: What is the registry's own trouble, and not the fault of what was asked.
_TROUBLES = (RateLimitedError, UnreachableError, DeadlineExceededError, UpstreamError)


class Failing:
    """Which registries failed lately, and for whom: what one caller met, another may not.

    Args:
        clock: Where the time comes from, in seconds; never set back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: Recent[tuple[str, str], float] = Recent(_MOST)

    def note(self, registry: str, caller: str, error: PortcallError) -> None:
        """Remember that a registry failed; what is missing there, or refused, is no failure of its own."""
        if isinstance(error, _TROUBLES):
            self._until.put((registry, caller), self._clock() + _SECONDS)

    def has(self, registry: str, caller: str) -> bool:
        """Tell whether a registry failed so lately that it is left alone."""
        return self._clock() < (self._until.get((registry, caller)) or 0.0)
