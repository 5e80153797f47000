"""Pages: where a list goes on, and what of its rows makes sense."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from portcall.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Raw = TypeVar("Raw")
Row = TypeVar("Row")


def page_number(cursor: str | None, last: int) -> int:
    """Return the page that a cursor names, the first without one.

    Raises:
        InvalidArgumentError: It names none.
    """
    if cursor is None:
        return 1
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 9 and 1 <= int(cursor) <= last):
        raise bad_cursor()
    return int(cursor)


def bad_cursor() -> InvalidArgumentError:
    """Return the error for a cursor that is none of this list's."""
    return InvalidArgumentError(
        "a cursor is none of this list's", hint="Pass that of the page before, unchanged, or leave it out."
    )


def read(rows: Sequence[Raw], reader: Callable[[Raw], Row | None]) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """Return what ``reader`` makes of each row, and what to say of those of which it makes nothing."""
    known = tuple(found for row in rows if (found := reader(row)) is not None)
    lost = len(rows) - len(known)
    if not lost:
        return known, ()
    rows_told, are = ("1 row", "is") if lost == 1 else (f"{lost} rows", "are")
    return known, (f"{rows_told} of the registry's answer made no sense, and {are} left out",)
