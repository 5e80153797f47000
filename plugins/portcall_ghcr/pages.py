"""Pages: where a list goes on."""

from __future__ import annotations

import re

from portcall.plugin import bad_cursor

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
        raise bad_cursor()
    return found[1], int(found[2])
