"""Pages of Harbor's lists: by number and size, a hundred rows at most."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from portcall.plugin import bad_cursor

#: Rows that are given at once; 422 for whoever asks for more.
MOST_ROWS = 100
_CURSOR = re.compile(r"([1-9][0-9]{0,6})x([1-9][0-9]?|100)\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page is in its list.

    Args:
        page: Its number, from 1.
        size: Rows of each page: numbers mean nothing without it.
    """

    page: int = 1
    size: int = MOST_ROWS

    @classmethod
    def at(cls, cursor: str | None, limit: int) -> Place:
        """Return the page that a cursor names; the first one, of ``limit`` rows at most, without it.

        Raises:
            InvalidArgumentError: It names none.
        """
        if cursor is None:
            return cls(size=max(1, min(limit, MOST_ROWS)))
        found = _CURSOR.match(cursor)
        if found is None:
            raise bad_cursor()
        return cls(int(found[1]), int(found[2]))

    @property
    def parameters(self) -> dict[str, str | int]:
        """The query that asks for it."""
        return {"page": self.page, "page_size": self.size}

    @property
    def following(self) -> Place:
        """The page after it."""
        return replace(self, page=self.page + 1)

    def __str__(self) -> str:
        return f"{self.page}x{self.size}"


@dataclass(frozen=True, slots=True)
class Listing:
    """One page, unread.

    Args:
        rows: As they came.
        total: How many there are in all, by ``X-Total-Count``; proxies may drop it.
    """

    rows: list[Any]
    total: int | None

    def next_after(self, place: Place) -> str | None:
        """Return the cursor of the next page, if there is one; a page without rows is the last."""
        told = place.page * place.size < self.total if self.total is not None else len(self.rows) >= place.size
        return str(place.following) if self.rows and told else None
