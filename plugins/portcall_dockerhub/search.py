"""Searching Docker Hub: its own search first, the older one where that is out of order.

Neither is documented. v4 is what Docker's own MCP server asks (hub-mcp ``search.ts``), and what its staff
recommend (docker/roadmap#756); v2 was recorded in 2026-05.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from portcall.errors import NotFoundError, UnreachableError, UpstreamError
from portcall.plugin import count, listing, mapping
from portcall_dockerhub.paging import MOST_ROWS, Reading, page_at, read_position
from portcall_dockerhub.paging import Rows as Part

if TYPE_CHECKING:
    from portcall.plugin import RepositoryPage
    from portcall_dockerhub.api import HubApi
    from portcall_dockerhub.rows import Rows

#: What an outage looks like: 5xx, a web page, a text, nothing at all, no connection; or the search is gone.
_OUTAGE = (UpstreamError, UnreachableError, NotFoundError)
_V4, _V2 = "v4", "v2"


async def search(api: HubApi, rows: Rows, query: str, limit: int, cursor: str | None) -> RepositoryPage:
    """Return one page of what matches.

    A list is gone on with where it began: the two have different orders.

    Raises:
        PortcallError: Neither answers, or the one that the cursor is of.
    """
    kind, start = read_position(cursor, _V4, _V2)

    async def v2(offset: int, size: int) -> Part:
        page, size = page_at(offset, size)
        parameters: dict[str, str | int] = {"query": query, "page": page, "page_size": size}
        return Part.of_page(await api.ask(["v2", "search", "repositories", ""], parameters, what="search"), size)

    older = Reading(_V2, v2, rows.found_v2)
    if kind == _V2:
        return await older.page(start, limit)

    async def v4(offset: int, size: int) -> Part:
        return await ask_v4(api, query, offset, size)

    try:
        return await Reading(_V4, v4, rows.found_v4).page(start, limit)
    except _OUTAGE as error:
        if cursor:
            error.hint = f"{error.hint} Or leave the cursor out: another search may answer.".strip()
            raise
        try:
            page = await older.page(0, limit)
        except _OUTAGE:
            # Of the two, the first is the one that is meant to answer.
            raise error from None
        told = f"the search of {api.registry} is out of order ({error.message}); its older search answered"
        return replace(page, warnings=(told, *page.warnings))


async def ask_v4(api: HubApi, query: str, offset: int, size: int) -> Part:
    """Return some rows of v4 search: images, nothing else that Docker Hub has."""
    size = min(size, MOST_ROWS)
    parameters: dict[str, str | int] = {"query": query, "from": offset, "size": size, "type": "image"}
    told = await api.ask(["api", "search", "v4"], parameters, what="search")
    found, total = listing(told.document.get("results")), count(told.document.get("total"))
    if total is None and not found:
        raise UpstreamError(
            f"the search of {api.registry} answered with something that is no search result",
            hint="It may have changed; try again later.",
            registry=api.registry,
        )
    passed = min(len(found), size)
    goes_on = offset + passed < total if total is not None else passed == size
    return Part([row for row in found if _is_image(row)], passed, goes_on, total, told.warnings)


def _is_image(row: Any) -> bool:
    return mapping(row).get("type") in {None, "image"}
