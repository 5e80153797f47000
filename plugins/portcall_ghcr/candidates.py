"""Source repositories, and which of them have a package of their name: how images are found without a token.

GHCR has no search and no list. GitHub knows repositories, and most packages are called as theirs (zeabur/zbplan
finds them so).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portcall.errors import PortcallError
from portcall.plugin import RepositoryPage, read_rows
from portcall_ghcr.api import MOST_ROWS
from portcall_ghcr.rows import SourceRepository
from portcall_ghcr.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.models import DockerImage
    from portcall_ghcr.rows import Rows
    from portcall_ghcr.token_endpoint import TokenEndpoint

HOW = (
    "found by the source repositories at GitHub, whose description and stars these are: packages that are not "
    "called as their repository, and private ones, are not found so"
)
BROKEN_OFF = "GitHub's list ends here with an empty page, though by its own word there are more"
#: Repositories whose packages are looked for before it is seen whether there are enough.
_STEP = 20


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One page of GitHub's repositories, unread.

    Args:
        rows: As they came.
        goes_on: Whether there are more.
        warnings: What the reader has to know.
        total: How many there are in all, where GitHub tells.
    """

    rows: list[Any]
    goes_on: bool
    warnings: tuple[str, ...] = ()
    total: int = 0


Fetch = Callable[[int], Awaitable[SourcePage]]


@dataclass(slots=True)
class Candidates:
    """A list of repositories, of which those that have a package are told.

    Args:
        kind: What its cursors begin with; behind that stands how many repositories were looked at.
        fetch: Returns the page of a number, from 1.
    """

    endpoint: TokenEndpoint
    rows: Rows
    kind: str
    fetch: Fetch
    _unknown: list[PortcallError] = field(default_factory=list)

    async def page(self, start: int, limit: int) -> RepositoryPage:
        """Return the images of one page of repositories, from the one numbered ``start`` on.

        It ends once there are ``limit`` of them: each repository costs a request, and a hundred are enough for
        one call. A page may have none, and have a next one.

        Raises:
            PortcallError: GitHub does not answer, or the registry never does.
        """
        place, skip = divmod(start, MOST_ROWS)
        part = await self.fetch(place + 1)
        rows = part.rows[skip:MOST_ROWS]
        found: list[DockerImage] = []
        warnings: dict[str, None] = dict.fromkeys((HOW, *part.warnings))
        passed = 0
        while passed < len(rows) and len(found) < limit:
            step, lost = read_rows(rows[passed : passed + _STEP], SourceRepository.read)
            found += await self._with_package(step)
            warnings.update(dict.fromkeys(lost))
            passed += _STEP
        if self._unknown and not found:
            raise self._unknown[0]
        if self._unknown:
            warnings[f"{len(self._unknown)} could not be looked up: {self._unknown[0].message}"] = None
        if part.goes_on and not part.rows:
            warnings[BROKEN_OFF] = None
        following: int | None = start + passed
        if is_over := passed >= len(rows):
            # Where GitHub's next page begins, however many rows this one had: it may be short of some.
            following = (place + 1) * MOST_ROWS if part.goes_on and part.rows else None
        cursor = None if following is None else f"{self.kind}:{following}"
        return RepositoryPage(tuple(found), cursor, warnings=tuple(warnings), rests=is_over)

    async def _with_package(self, sources: Sequence[SourceRepository]) -> list[DockerImage]:
        images = await asyncio.gather(*map(self._image, sources))
        return [image for image in images if image is not None]

    async def _image(self, source: SourceRepository) -> DockerImage | None:
        path = source.name.package_path
        if path is None:
            return None
        try:
            standing = await self.endpoint.standing(path)
        except PortcallError as error:
            self._unknown.append(error)
            return None
        return self.rows.image(path, source, is_private=False) if standing is Standing.PUBLIC else None
