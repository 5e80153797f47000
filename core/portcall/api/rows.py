"""Rows of vendors' answers: those that make no sense cost themselves alone, and are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Raw = TypeVar("Raw")
Row = TypeVar("Row")


def read_rows(rows: Sequence[Raw], reader: Callable[[Raw], Row | None]) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """Return what ``reader`` makes of each row, and what to say of those of which it makes nothing.

    Args:
        rows: As they came.
        reader: Returns ``None`` for what makes no sense.
    """
    known = tuple(found for row in rows if (found := reader(row)) is not None)
    return known, left_out(len(rows) - len(known))


def left_out(lost: int) -> tuple[str, ...]:
    """Return the warning for ``lost`` rows that made no sense; nothing where there are none."""
    if not lost:
        return ()
    rows, are = ("1 row", "is") if lost == 1 else (f"{lost:,} rows", "are")
    return (f"{rows} of the answer made no sense, and {are} left out",)
