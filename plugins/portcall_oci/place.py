"""Places: where a list goes on, as the cursors tell it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from portcall.plugin import bad_cursor

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Row = TypeVar("Row")

#: Most rows that are told at a time: some registries tell all that they have at once.
MOST_ROWS = 1000
#: Pages that are remembered until the next of them, by number: a circle back to the first one is noticed at once,
#: any other soon. To remember all would take a cursor that grows with the list.
_MARKED = frozenset({1, 10, 100})
_CURSOR = re.compile(r"(names|found):([0-9]{1,4}):([0-9]{1,7}):([01]):([0-9a-f]{12}|):([^\ud800-\udfff]*)\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list goes on.

    Args:
        kind: Which list: ``names``, the registry's list of repositories; ``found``, its search's.
        page: Pages that were read before.
        skip: Rows of the page at hand that were told already.
        told: Whether any row was told before.
        mark: The imprint of a page that was read before, to know it again; empty for none.
        cursor: Where the registry said that this page is; empty for the first one.
    """

    kind: str
    page: int = 0
    skip: int = 0
    told: bool = False
    mark: str = ""
    cursor: str = ""

    @classmethod
    def parse(cls, text: str | None, *kinds: str) -> Place:
        """Return the place that a cursor names, the start of the first list without one.

        Raises:
            InvalidArgumentError: It is no cursor of these lists.
        """
        if text is None:
            return cls(kinds[0])
        found = _CURSOR.match(text)
        if found is None or found[1] not in kinds:
            raise bad_cursor()
        return cls(found[1], int(found[2]), int(found[3]), found[4] == "1", found[5], found[6])

    def __str__(self) -> str:
        return f"{self.kind}:{self.page}:{self.skip}:{int(self.told)}:{self.mark}:{self.cursor}"

    def rows(self, page: Sequence[Row]) -> Sequence[Row]:
        """Return the rows of the page at hand that are told now."""
        return page[self.skip : self.skip + MOST_ROWS]

    def leads_back_to(self, imprint: str) -> bool:
        """Tell whether the page at hand is one that was read before."""
        return imprint != "" and imprint == self.mark

    def after(self, page: Sequence[object], following: str | None, imprint: str) -> Place | None:
        """Return where it goes on behind them: on the same page, on the ``following`` one, or nowhere.

        Args:
            page: All rows of the page at hand.
            following: Where the registry says that the next page is.
            imprint: By which the page at hand is known again.
        """
        told = self.told or len(page) > self.skip
        if self.skip + MOST_ROWS < len(page):
            return replace(self, skip=self.skip + MOST_ROWS, told=told)
        number = self.page + 1
        mark = imprint if number in _MARKED else self.mark
        return None if following is None else Place(self.kind, number, 0, told, mark, following)


def imprint_of(names: Iterable[str]) -> str:
    """Return by what a page is known again; nothing for one without names."""
    told = "\n".join(names)
    return hashlib.sha256(told.encode(errors="replace")).hexdigest()[:12] if told else ""
