"""A clock that stands still until it is told to go on."""

from __future__ import annotations


class Clock:
    """Seconds since 1970, as ``time.time``; ``clock.advance(601)`` lets a token of ten minutes expire."""

    def __init__(self, now: float = 1_790_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
