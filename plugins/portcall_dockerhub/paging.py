"""Lists of hub.docker.com, read from an offset on until there is enough."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portcall.errors import PortcallError, UpstreamError
from portcall.plugin import RepositoryPage, bad_cursor, count, left_out, listing
from portcall_dockerhub.api import AnonymousCapError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from portcall.models import DockerImage
    from portcall_dockerhub.api import Told

#: Most rows that are given at once; more are cut, not refused (badges/shields#4562).
MOST_ROWS = 100
_CURSOR = re.compile(r"([a-z0-9]{2,8}):([0-9]{1,7})\Z")


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a list, unread.

    Args:
        rows: As they came.
        passed: How far in the list they lead.
        goes_on: Whether there are more.
        total: How many there are in all, where told.
        warnings: What the reader has to know.
    """

    rows: list[Any]
    passed: int
    goes_on: bool
    total: int | None
    warnings: tuple[str, ...] = ()

    @classmethod
    def of_page(cls, told: Told, asked: int, registry: str) -> Part:
        """Read ``{"count", "next", "results"}``; where ``next`` leads is not looked at, it may be anywhere."""
        rows, total = results_in(told.document, "count", registry)
        return cls(rows, min(len(rows), asked), bool(told.document.get("next")), total, told.warnings)


def results_in(document: Mapping[str, Any], total: str, registry: str) -> tuple[list[Any], int | None]:
    """Return the rows of an answer, and how many there are in all.

    Args:
        document: The answer.
        total: Its field that says how many.
        registry: Whose it is, for messages.

    Raises:
        UpstreamError: It holds neither: nothing is known, and that is not "there are none".
    """
    rows, known = listing(document.get("results")), count(document.get(total))
    if known is None and not rows:
        raise UpstreamError(
            f"the API of {registry} answered a question for a list with something else",
            hint="It may have changed; try again later.",
            registry=registry,
        )
    return rows, known


@dataclass(slots=True)
class Reading:
    """One list, being read.

    Args:
        kind: What its cursors begin with.
        fetch: Returns rows, by offset and size.
        read: Makes an image of a row; ``None`` of a row that is malformed.
    """

    kind: str
    fetch: Callable[[int, int], Awaitable[Part]]
    read: Callable[[Any], DockerImage | None]
    _images: dict[str, DockerImage] = field(default_factory=dict)
    _warnings: dict[str, None] = field(default_factory=dict)
    _malformed: int = 0

    async def page(self, start: int, limit: int) -> RepositoryPage:
        """Return up to ``limit`` images from ``start`` on.

        Where anonymous callers are shown no more, the page ends there and says so; where something fails
        on the way, it ends too, and can be gone on with.

        Raises:
            PortcallError: The first rows could not be had.
        """
        offset, taken, total, more = start, 0, None, True
        while more and taken < limit:
            try:
                part = await self.fetch(offset, min(limit - taken, MOST_ROWS))
            except AnonymousCapError as error:
                self._warn(f"{error.message}. {error.hint}")
                more = False
                break
            except PortcallError as error:
                if offset == start:
                    raise
                self._warn(f"the page ends early: {error.message}")
                break
            self._warn(*part.warnings)
            self._take(part.rows)
            offset, taken, total = offset + part.passed, taken + part.passed, part.total
            more = part.goes_on and part.passed > 0
        self._warn(*left_out(self._malformed))
        following = f"{self.kind}:{offset}" if more else None
        return RepositoryPage(tuple(self._images.values()), following, total, tuple(self._warnings))

    def _take(self, rows: list[Any]) -> None:
        for row in rows:
            image = self.read(row)
            if image is None:
                self._malformed += 1
            else:
                self._images.setdefault(image.name, image)

    def _warn(self, *warnings: str) -> None:
        self._warnings.update(dict.fromkeys(warnings))


def page_at(offset: int, most: int) -> tuple[int, int]:
    """Return number and size of the largest page that begins at ``offset``: such lists have no offsets.

    Whoever asks for another number of rows than before gets fewer, and neither misses one nor sees it twice.
    """
    size = next(size for size in range(most, 0, -1) if offset % size == 0)
    return offset // size + 1, size


def read_position(cursor: str | None, *kinds: str) -> tuple[str, int]:
    """Return what a cursor says: which list, and the offset in it; the first one's start without a cursor.

    Raises:
        InvalidArgumentError: It is none of these lists'.
    """
    if not cursor:
        return kinds[0], 0
    found = _CURSOR.match(cursor)
    if found is None or found[1] not in kinds:
        raise bad_cursor()
    return found[1], int(found[2])
