"""Pages: where a list goes on."""

from __future__ import annotations

from portcall.plugin import bad_cursor


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
