"""Progress on a terminal: a bar on stderr, gone when the answer is there."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.progress import Progress


@contextlib.contextmanager
def progress_bar() -> Iterator[Progress]:
    """Yield what long work reports to; silent where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield _silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("asking…", total=None)

        async def report(done: float, total: float | None, message: str) -> None:
            told = message if total is None else f"{done:.0f} of {total:.0f} {message}"
            bar.update(task, completed=done, total=total, description=told)

        yield report


async def _silent(done: float, total: float | None, message: str) -> None:
    """Report to nobody."""
