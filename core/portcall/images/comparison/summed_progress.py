"""Several pieces of work side by side, told as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portcall.progress import Progress


class SummedProgress:
    """Adds up what each part tells, so that the whole never goes back."""

    def __init__(self, whole: Progress | None) -> None:
        self._whole = whole
        self._done: list[float] = []
        self._totals: list[float | None] = []

    def part(self) -> Progress | None:
        """Return what one more part tells how far it has come; ``None`` where nobody listens."""
        if self._whole is None:
            return None
        whole, number = self._whole, len(self._done)
        self._done.append(0)
        self._totals.append(0)

        async def told(done: float, total: float | None, message: str) -> None:
            self._done[number], self._totals[number] = done, total
            totals = [each for each in self._totals if each is not None]
            await whole(sum(self._done), sum(totals) if len(totals) == len(self._totals) else None, message)

        return told
