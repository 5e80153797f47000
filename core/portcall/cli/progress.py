"""Progress on a terminal: a bar on stderr, gone when the answer is there."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress as Bar


class ShellProgress:
    """What long work at the shell reports to."""

    async def __call__(self, done: float, total: float | None, message: str) -> None:
        """Report to nobody: stderr is no terminal."""

    def clear(self) -> None:
        """Show nothing more: the answer is about to be printed."""


class _Drawn(ShellProgress):
    """A bar.

    Args:
        bar: Where it is drawn.
    """

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._task = bar.add_task("asking…", total=None)

    async def __call__(self, done: float, total: float | None, message: str) -> None:
        told = message if total is None else f"{done:.0f} of {total:.0f} {message}"
        self._bar.update(self._task, completed=done, total=total, description=told)

    def clear(self) -> None:
        self._bar.stop()


@contextlib.contextmanager
def progress_bar() -> Iterator[ShellProgress]:
    """Yield what long work reports to; silent where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield ShellProgress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield _Drawn(bar)
