"""Progress of long work, as the MCP client and the shell show it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told now and then how far work has come."""

    async def __call__(self, done: float, total: float | None, message: str) -> None:
        """Report ``done`` of ``total`` steps; ``total`` is ``None`` where nobody knows it."""
