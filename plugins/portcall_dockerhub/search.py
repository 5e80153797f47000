"""Searching Docker Hub: its own search first, two older ones where that is out of order.

None is documented. v4 is what Docker's own MCP server asks (hub-mcp ``search.ts``), and what its staff
recommend (docker/roadmap#756); v2 was recorded in 2026-05; v1 is what ``docker search`` and podman ask
(containers/image ``docker/docker_client.go``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from portcall.errors import BlockedError, NotFoundError, PortcallError, UnreachableError, UpstreamError
from portcall.plugin import count, mapping
from portcall_dockerhub.names import OFFICIAL
from portcall_dockerhub.paging import MOST_ROWS, Part, Reading, page_at, read_position, results_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from portcall.plugin import RepositoryPage
    from portcall_dockerhub.api import HubApi
    from portcall_dockerhub.rows import Rows

#: What an outage looks like: 5xx, a web page, a text, nothing at all, no connection; or the search is gone, or
#: on a host that the operator denies.
_OUTAGE = (UpstreamError, UnreachableError, NotFoundError, BlockedError)
_AGES = {"v4": "newest", "v2": "older", "v1": "oldest"}


async def search(api: HubApi, rows: Rows, query: str, limit: int, cursor: str | None) -> RepositoryPage:
    """Return one page of what matches.

    A list is gone on with where it began: their orders differ.

    Raises:
        PortcallError: None of them answers, or not the one that the cursor is of.
    """
    # Official images are found by their short names alone (containers/image SearchRegistry).
    asking = _Asking(api, query.removeprefix(f"{OFFICIAL}/") or query)
    readings = {
        "v4": Reading("v4", asking.v4, rows.found_v4),
        "v2": Reading("v2", asking.v2, rows.found_v2),
        "v1": Reading("v1", asking.v1, rows.found_v1),
    }
    kind, start = read_position(cursor, *readings)
    if not cursor:
        return await _first_that_answers(readings.values(), api.registry, limit)
    try:
        return await readings[kind].page(start, limit)
    except _OUTAGE as error:
        error.hint = f"{error.hint} Or leave the cursor out: another search may answer.".strip()
        raise


async def _first_that_answers(readings: Iterable[Reading], registry: str, limit: int) -> RepositoryPage:
    failures: list[PortcallError] = []
    told: list[str] = []
    for reading in readings:
        age = _AGES[reading.kind]
        try:
            page = await reading.page(0, limit)
        except _OUTAGE as error:
            failures.append(error)
            told.append(f"the {age} search of {registry} is out of order ({error.message})")
            continue
        warnings = (f"{', '.join(told)}; its {age} search answered",) if told else ()
        return replace(page, warnings=(*warnings, *page.warnings))
    # The first is the one that is meant to answer.
    raise failures[0]


class _Asking:
    """One question to each of the searches, by offset and size.

    Args:
        api: Asks.
        query: What people type.
    """

    def __init__(self, api: HubApi, query: str) -> None:
        self._api, self._query = api, query

    async def v4(self, offset: int, size: int) -> Part:
        """Ask hub.docker.com's ``/api/search/v4``."""
        return await ask_v4(self._api, self._query, offset, size)

    async def v2(self, offset: int, size: int) -> Part:
        """Ask hub.docker.com's ``/v2/search/repositories/``."""
        page, size = page_at(offset, size)
        parameters: dict[str, str | int] = {"query": self._query, "page": page, "page_size": size}
        told = await self._api.ask(["v2", "search", "repositories", ""], parameters, what="search")
        return Part.of_page(told, size, self._api.registry)

    async def v1(self, offset: int, size: int) -> Part:
        """Ask index.docker.io's ``/v1/search``."""
        page, size = page_at(offset, size)
        parameters: dict[str, str | int] = {"q": self._query, "n": size, "page": page}
        told = await self._api.ask_index(["v1", "search"], parameters, what="search")
        found, total = results_in(told.document, "num_results", self._api.registry)
        goes_on = page < (count(told.document.get("num_pages")) or 0)
        return Part(found, min(len(found), size), goes_on, total, told.warnings)


async def ask_v4(api: HubApi, query: str, offset: int, size: int, badges: Sequence[str] = ()) -> Part:
    """Return some rows of v4 search: images, nothing else that Docker Hub has; of certain badges, where named."""
    size = min(size, MOST_ROWS)
    parameters: dict[str, str | int] = {"query": query, "from": offset, "size": size, "type": "image"}
    if badges:
        parameters["badges"] = ",".join(badges)
    told = await api.ask(["api", "search", "v4"], parameters, what="search")
    found, total = results_in(told.document, "total", api.registry)
    passed = min(len(found), size)
    goes_on = offset + passed < total if total is not None else passed == size
    return Part([row for row in found if _is_image(row)], passed, goes_on, total, told.warnings)


def _is_image(row: Any) -> bool:
    return mapping(row).get("type") in {None, "image"}
