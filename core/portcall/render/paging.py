"""How a page says that it goes on."""

from __future__ import annotations

from portcall.cursor import MAX_LENGTH
from portcall.render.untrusted import code


def more(cursor: str | None) -> str:
    """Return the next step of a page that goes on, else nothing."""
    return f"more: the same with cursor {code(cursor, MAX_LENGTH)}" if cursor else ""
