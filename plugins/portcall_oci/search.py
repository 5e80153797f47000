"""Searching a registry: by its own search where it has one, else among the names in its list.

At worst that takes two requests, of which an absence is remembered for a while.

Source: containers/image docker/docker_client.go (SearchRegistry), which asks in the same order.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from portcall.errors import (
    BlockedError,
    PortcallError,
    TooLargeError,
    UnauthorizedError,
    UnsupportedError,
    UpstreamError,
)
from portcall.plugin import RepositoryPage, mapping, read_rows, text
from portcall_oci.names import read_names
from portcall_oci.place import Place, imprint_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portcall.plugin import RegistryBackend
    from portcall_oci.rows import Rows

#: What may be wrong with the search alone.
_SEARCH_FAILS = (BlockedError, TooLargeError, UnauthorizedError, UpstreamError)
#: Which list a cursor belongs to.
_BY_SEARCH, _BY_NAME = "found", "names"
#: Most pages that are read of one search, however many it says that there are.
_MOST_PAGES = 100


async def search(backend: RegistryBackend, rows: Rows, query: str, cursor: str | None) -> RepositoryPage:
    """Return one page of the repositories that match; the first one decides how they are looked for.

    Raises:
        UnsupportedError: The registry has no search, and keeps no list for this caller.
        PortcallError: It could not be asked.
    """
    place = Place.parse(cursor, _BY_SEARCH, _BY_NAME)
    if place.kind == _BY_NAME:
        return await _by_name(backend, rows, query, place)
    if cursor is not None:
        gone = RepositoryPage((), warnings=("the registry's search broke off here",))
        return await _by_search(backend, rows, query, place) or gone
    failure: PortcallError | None = None
    try:
        found = await _by_search(backend, rows, query, place)
    except _SEARCH_FAILS as error:
        found, failure = None, error
    return found or await _instead(backend, rows, query, failure)


async def _instead(
    backend: RegistryBackend, rows: Rows, query: str, failure: PortcallError | None
) -> RepositoryPage:
    """Return what the list holds, where the search is missing or has failed."""
    try:
        found = await _by_name(backend, rows, query, Place(_BY_NAME))
    except UnsupportedError as error:
        if failure is not None:
            raise failure from error
        raise UnsupportedError(
            f"{error.message}, and has no search", hint=error.hint, registry=error.registry
        ) from error
    if isinstance(failure, UpstreamError):
        return replace(found, warnings=(f"the search failed: {failure.message}", *found.warnings))
    return found


async def _by_search(backend: RegistryBackend, rows: Rows, query: str, place: Place) -> RepositoryPage | None:
    """Return a page of what the registry's search finds; ``None`` where it has none."""
    found = await backend.distribution.search(query, place.page + 1)
    if found is None:
        return None
    imprint = imprint_of(text(mapping(row).get("name")) or "" for row in found.rows)
    if place.leads_back_to(imprint):
        return RepositoryPage((), warnings=("the registry's search tells the same page again and again",))
    images, warnings = read_rows(place.rows(found.rows), rows.found)
    problem, goes_on = found.problem, found.goes_on
    if goes_on and place.page + 1 >= _MOST_PAGES:
        problem, goes_on = f"only the first {_MOST_PAGES} pages of the registry's search were read", False
    after = place.after(found.rows, "" if goes_on else None, imprint)
    return RepositoryPage(
        tuple({image.name: image for image in images}.values()),
        next=str(after) if after else None,
        total=found.total,
        warnings=(*warnings, problem) if problem else warnings,
    )


async def _by_name(backend: RegistryBackend, rows: Rows, query: str, place: Place) -> RepositoryPage:
    """Return the names of a page of the registry's list that hold every word, the best first."""
    words = query.lower().split()

    def matching(names: Sequence[str]) -> list[str]:
        return sorted((name for name in names if all(word in name for word in words)), key=_rank(words))

    part = await read_names(backend, rows, place, matching)
    how = f"found by name among {backend.upstream.registry}'s list of repositories; descriptions are not searched"
    return replace(part.page, warnings=(how, *part.page.warnings))


def _rank(words: Sequence[str]) -> Callable[[str], tuple[int, int, str]]:
    """Return what names are sorted by: those that are a word come first, then those that begin with one."""

    def rank(name: str) -> tuple[int, int, str]:
        last = name.rpartition("/")[2]
        near = 0 if last in words else 1 if last.startswith(tuple(words)) else 2
        return near, len(name), name

    return rank
