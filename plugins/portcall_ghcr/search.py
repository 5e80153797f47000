"""Searching GHCR: by the repositories that GitHub finds, and by a package's whole name.

Source: gh-spec, ``GET /search/repositories``; docs.github.com, "Search": a thousand results at most.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from portcall.errors import InvalidArgumentError, PortcallError
from portcall.plugin import RepositoryPage, count, mapping
from portcall_ghcr.api import MOST_ROWS
from portcall_ghcr.candidates import Candidates, SourcePage
from portcall_ghcr.pages import read_position
from portcall_ghcr.standing import Standing
from portcall_ghcr.words import Words, named_package

if TYPE_CHECKING:
    from portcall_ghcr.api import GitHubApi
    from portcall_ghcr.rows import Rows
    from portcall_ghcr.token_endpoint import TokenEndpoint

_KIND = "search"
_MOST_RESULTS = 1000


async def search(
    api: GitHubApi, endpoint: TokenEndpoint, rows: Rows, query: str, limit: int, cursor: str | None
) -> RepositoryPage:
    """Return one page of the public images whose repositories match; the one that the query names is the first.

    Raises:
        InvalidArgumentError: The query has no word in it.
        PortcallError: GitHub does not answer, and the query names no package.
    """
    named = named_package(query)
    words = Words.of(named or query).required()
    _, start = read_position(cursor, _KIND) or (_KIND, 0)
    if start >= _MOST_RESULTS:
        return RepositoryPage(())
    candidates = Candidates(endpoint, rows, _KIND, lambda page: _sources(api, words, page))
    if named is None:
        return await candidates.page(start, limit)
    if cursor is not None:
        # What is named was told on the first page.
        return _without(await candidates.page(start, limit), rows, named)
    return await _first(candidates, endpoint, rows, named, limit)


async def find_sources(api: GitHubApi, words: Words, page: int = 1, size: int = MOST_ROWS) -> SourcePage:
    """Return the public repositories that match, the best first: not the private ones that a token opens."""
    what = "search for repositories"
    parameters: dict[str, str | int] = {"q": f"{words.text} is:public", "per_page": size, "page": page}
    told = await api.ask(("search", "repositories"), parameters, what=what)
    rows = api.rows(told, what, "items")
    cut = mapping(told.document).get("incomplete_results") is True
    warnings = ("GitHub ran out of time, and found some of the repositories alone",) if cut else ()
    total = count(mapping(told.document).get("total_count")) or 0
    return SourcePage(rows, told.goes_on, (*told.warnings, *warnings), total)


async def _sources(api: GitHubApi, words: Words, page: int) -> SourcePage:
    found = await find_sources(api, words, page)
    told = words.warnings + found.warnings
    if page * MOST_ROWS >= _MOST_RESULTS and found.total > _MOST_RESULTS:
        told += (f"GitHub tells the best {_MOST_RESULTS:,} of {found.total:,} alone; narrow the query",)
    return replace(found, warnings=told)


async def _first(
    candidates: Candidates, endpoint: TokenEndpoint, rows: Rows, named: str, limit: int
) -> RepositoryPage:
    is_there, problem = False, None
    try:
        is_there = await endpoint.standing(named) is Standing.PUBLIC
    except PortcallError as error:
        problem = error
    try:
        page = await candidates.page(0, limit)
    except InvalidArgumentError:
        raise
    except PortcallError as error:
        if not is_there:
            raise
        found = (rows.image(named, is_private=False),)
        return RepositoryPage(found, warnings=(f"only what is named was looked for: {error.message}",))
    full = rows.image(named).reference
    first = tuple(image for image in page.repositories if image.reference == full)
    if problem is not None and not first:
        return _incomplete(page, full, problem)
    if is_there and not first:
        first = (rows.image(named, is_private=False),)
    return replace(page, repositories=first + _without(page, rows, named).repositories)


def _incomplete(page: RepositoryPage, named: str, problem: PortcallError) -> RepositoryPage:
    """Return what was found though the package that was named could not be looked up; that, if it is nothing."""
    if not page.repositories:
        raise problem
    return replace(page, warnings=(f"{named} itself could not be looked up: {problem.message}", *page.warnings))


def _without(page: RepositoryPage, rows: Rows, named: str) -> RepositoryPage:
    full = rows.image(named).reference
    return replace(page, repositories=tuple(image for image in page.repositories if image.reference != full))
