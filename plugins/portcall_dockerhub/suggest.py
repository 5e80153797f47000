"""What was probably meant by a repository that is not there: names that Docker vouches for, and no others."""

from __future__ import annotations

import asyncio
from difflib import SequenceMatcher, get_close_matches
from typing import TYPE_CHECKING, Any

from portcall.errors import PortcallError
from portcall.plugin import mapping
from portcall_dockerhub.names import OFFICIAL, HubName
from portcall_dockerhub.paging import MOST_ROWS, results_in
from portcall_dockerhub.search import ask_v4

if TYPE_CHECKING:
    from collections.abc import Iterable

    from portcall_dockerhub.api import HubApi

#: Whom Docker vouches for; sponsored open source is anybody's who asked.
#: Source: docs.docker.com/docker-hub/image-library/trusted-content.
_TRUSTED = ("official", "verified_publisher")
_MOST = 3
#: From this ratio on, a letter or two were mistyped: ``ngnix`` and ``nginx`` have 0.8.
_ALIKE = 0.75
#: Seconds that it may take: the answer is an error already, and worth more in time.
_PATIENCE = 3.0
#: Rows of a search that are looked at.
_ROWS = 25


async def suggest_repositories(api: HubApi, repository: str) -> tuple[str, ...]:
    """Return up to three paths, the likeliest first; none where nothing is near, or the API cannot be asked.

    Official images are thought of first; where none is near, what trusted publishers have.
    """
    missing = HubName.parse(repository)
    if missing is None:
        return ()
    try:
        async with asyncio.timeout(_PATIENCE):
            near = await _official(api, missing) or await _published(api, missing)
    except (PortcallError, TimeoutError):
        return ()
    return tuple(path for path in near if path != missing.path)[:_MOST]


async def _official(api: HubApi, missing: HubName) -> list[str]:
    """Return the official images whose names are near; to another's repository, that of the same name alone."""
    names = await _official_names(api)
    if missing.is_official:
        near = get_close_matches(missing.repository, names, _MOST, _ALIKE)
    else:
        near = [missing.repository] if missing.repository in names else []
    return [HubName(OFFICIAL, name).path for name in near]


async def _official_names(api: HubApi) -> set[str]:
    """Return the names of all official images, as long as there are no more than two hundred.

    They are read from both ends: anonymous callers are shown no more than a hundred of a list.
    """
    ends = await asyncio.gather(*(_hundred(api, ordering) for ordering in ("name", "-name")))
    parsed = (HubName.parse(mapping(row).get("name")) for rows in ends for row in rows)
    return {name.repository for name in parsed if name is not None and name.is_official}


async def _hundred(api: HubApi, ordering: str) -> list[Any]:
    path = ["v2", "namespaces", OFFICIAL, "repositories"]
    parameters: dict[str, str | int] = {"page_size": MOST_ROWS, "ordering": ordering}
    told = await api.ask(path, parameters, what="official images")
    return results_in(told.document, "count", api.registry)[0]


async def _published(api: HubApi, missing: HubName) -> list[str]:
    """Return what trusted publishers have under a name that is near.

    The nearest come first; to an official image's, whose publisher nobody named, the search's own first.
    """
    # Either part may be the mistyped one.
    queries = [missing.repository] if missing.is_official else [missing.repository, missing.namespace]
    parts = await asyncio.gather(*(ask_v4(api, query, 0, _ROWS, _TRUSTED) for query in queries))
    found = _trusted(row for part in parts for row in part.rows)
    near = get_close_matches(missing.repository, {name.repository for name in found}, len(found) or 1, _ALIKE)
    paths = [name.path for name in found if name.repository in near]
    if missing.is_official:
        return paths
    return sorted(paths, key=lambda path: -SequenceMatcher(None, path, missing.path).ratio())


def _trusted(rows: Iterable[Any]) -> dict[HubName, None]:
    """Return the names of rows with such a badge, whatever the search was asked for."""
    told = (mapping(row) for row in rows)
    names = (HubName.parse(row.get("name")) for row in told if row.get("badge") in _TRUSTED)
    return {name: None for name in names if name is not None}
