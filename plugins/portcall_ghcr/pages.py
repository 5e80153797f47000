"""Pages: where a list goes on, and what of its rows makes sense."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from portcall.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Row = TypeVar("Row")

_CURSOR = re.compile(r"([a-z]{1,12}):([0-9]{1,7})\Z")


def read_position(cursor: str | None, *kinds: str) -> tuple[str, int] | None:
    """Return which list a cursor is of, and where in it; ``None`` without one.

    Raises:
        InvalidArgumentError: It is none of these lists'.
    """
    if cursor is None:
        return None
    found = _CURSOR.match(cursor)
    if found is None or found[1] not in kinds:
        raise InvalidArgumentError(
            "argument 'cursor' is no cursor of this list", hint="Leave it out to start over."
        )
    return found[1], int(found[2])


def read(
    rows: Sequence[object], reader: Callable[[object], Row | None]
) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """Return what ``reader`` makes of each row, and what to say of those of which it makes nothing."""
    known = tuple(found for row in rows if (found := reader(row)) is not None)
    lost = len(rows) - len(known)
    if not lost:
        return known, ()
    rows_told, are = ("1 row", "is") if lost == 1 else (f"{lost} rows", "are")
    return known, (f"{rows_told} of GitHub's answer made no sense, and {are} left out",)
