"""Several lists read side by side and told as one, a page at a time.

The order is each list's own, one row of each in turn: the best of every registry comes first, and the same
question gives the same order again. A page ends anywhere, and goes on there.
"""

from __future__ import annotations

import asyncio
import json
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from portcall.cursor import bad_cursor
from portcall.deadline import deadline, leaving
from portcall.errors import PortcallError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from portcall.models import DockerImage
    from portcall.pages import RepositoryPage

#: Most pages that one list is asked for in one call; the next call goes on behind them.
_MOST_PAGES = 20
#: Longest cursor of one list; all of them have to fit into one.
_LONGEST_CURSOR = 1024
#: Seconds to leave for the answer: a list that keeps us waiting must not cost the others theirs.
_RESERVE = 1.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where one list goes on.

    Args:
        cursor: Of the page that holds the next row; ``None`` for the first one.
        skip: Rows of that page that were told already.
        ended: Whether there is nothing more.
    """

    cursor: str | None = None
    skip: int = 0
    ended: bool = False


@dataclass(slots=True)
class Source:
    """One list: its rows are fetched as they are wanted.

    Args:
        name: The registry's.
        fetch: Returns the page at a cursor.
        place: Where it goes on.
        patience: Seconds that one page may take.
    """

    name: str
    fetch: Callable[[str | None], Awaitable[RepositoryPage]]
    place: Place = Place()
    patience: float = math.inf
    total: int | None = None
    error: PortcallError | None = None
    warnings: dict[str, None] = field(default_factory=dict)
    told: int = 0
    rests: bool = False
    """Whether so many of its pages were read that the rest has to wait for the next call."""
    _seen: set[str | None] = field(default_factory=set)
    _page: RepositoryPage | None = None
    _pages: int = 0

    async def prepare(self) -> None:
        """Fetch the page that holds the next row, if there is one; a failure is this list's alone."""
        while not self.place.ended and self.error is None and not self.rests and not self._is_ready():
            try:
                async with deadline(min(self.patience, leaving(_RESERVE))):
                    self._page = await self.fetch(self.place.cursor)
            except PortcallError as error:
                self.error = error
                if self.told:
                    self.warnings[f"the list of {self.name} broke off here: {error}"] = None
                return
            self._pages += 1
            if self._page.total is not None and self._page.total >= 0:
                self.total = self._page.total
            self.warnings.update(dict.fromkeys(self._page.warnings))
            if not self._is_ready():
                self._turn_over()

    def next(self) -> DockerImage | None:
        """Return the next row of the page that is at hand, if there is one."""
        if self.place.ended or self.error is not None or not self._is_ready():
            return None
        page = self._page
        assert page is not None  # noqa: S101 - it is ready
        row = page.repositories[self.place.skip]
        self.told += 1
        self.place = replace(self.place, skip=self.place.skip + 1)
        if not self._is_ready():
            self._turn_over()
        return row

    def _followed(self, cursor: Any) -> str | None:
        """Return where the list goes on, or nothing where that leads nowhere."""
        self._seen.add(self.place.cursor)
        problem = None
        if cursor is not None and not (isinstance(cursor, str) and len(cursor) <= _LONGEST_CURSOR):
            problem = "does not tell where it goes on"
        elif cursor is not None and cursor in self._seen:
            problem = "goes round in a circle"
        if problem is not None:
            self.warnings[f"the list of {self.name} {problem}"] = None
        return None if problem is not None or cursor is None else str(cursor)

    def _is_ready(self) -> bool:
        return self._page is not None and self.place.skip < len(self._page.repositories)

    def _turn_over(self) -> None:
        """Go on behind the page at hand."""
        page, self._page = self._page, None
        following = self._followed(page.next if page else None)
        self.place = Place(ended=True) if following is None else Place(following)
        enough = page is not None and page.rests
        self.rests = following is not None and (enough or self._pages >= _MOST_PAGES)
        if self.rests:
            self.warnings[f"{self.name} has more to look through; next_cursor goes on there"] = None


@dataclass(frozen=True, slots=True)
class Merged:
    """Rows, and before each of them, and after the last, where everything went on."""

    rows: tuple[DockerImage, ...]
    positions: tuple[str, ...]
    goes_on: bool


async def merged(sources: Sequence[Source], limit: int, turn: int) -> Merged:
    """Return the next ``limit`` rows of all sources, one of each in turn, the one numbered ``turn`` first."""
    await asyncio.gather(*(source.prepare() for source in sources))
    rows: list[DockerImage] = []
    positions = [_position(sources, turn)]
    while len(rows) < limit and any(_has_more(source) for source in sources):
        source = sources[turn]
        await source.prepare()
        row = source.next()
        turn = (turn + 1) % len(sources)
        if row is not None:
            rows.append(row)
            positions.append(_position(sources, turn))
    # What broke off can be asked for again.
    goes_on = any(_has_more(source) or source.rests or (source.error and source.told) for source in sources)
    return Merged(tuple(rows), tuple(positions), goes_on)


def _has_more(source: Source) -> bool:
    return source.error is None and not source.place.ended and not source.rests


def _position(sources: Sequence[Source], turn: int) -> str:
    places = [[source.place.cursor, source.place.skip, source.place.ended] for source in sources]
    return json.dumps([turn, places], separators=(",", ":"))


def read_position(text: str, count: int) -> tuple[int, tuple[Place, ...]]:
    """Return whose turn it is, and where each of ``count`` sources goes on.

    Raises:
        InvalidArgumentError: It is no such position.
    """
    try:
        turn, places = json.loads(text)
        read = tuple(_place(*place) for place in places)
    except (ValueError, TypeError, RecursionError):
        turn, read = None, ()
    if type(turn) is not int or not 0 <= turn < max(count, 1) or len(read) != count:
        raise bad_cursor()
    return turn, read


def _place(cursor: Any, skip: Any, ended: Any) -> Place:
    known = isinstance(cursor, str | None) and type(skip) is int and skip >= 0 and type(ended) is bool
    if not known:
        raise ValueError("no place")
    return Place(cursor, skip, ended)
