"""Docker's first search, ``GET /v1/search``: what is left of the registry's first API.

Artifactory, Nexus and Quay still answer it, for ``docker search`` and ``podman search``. Quay tells in ``page``
which page it gives, and gives its fifth to whoever asks for more; some tell no pages at all.

Source: Docker Registry API v1, "Search"; quay/quay endpoints/v1/index.py; containers/image
docker/docker_client.go (SearchRegistry).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from portcall.errors import UpstreamError
from portcall.oci.document import count, parse_object

if TYPE_CHECKING:
    from portcall.http.reply import Reply
    from portcall.http.upstream import Upstream

#: Rows of a page: more are not given, whatever is asked for.
PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of what was found, the best first.

    Args:
        rows: As the registry wrote them: ``{"name", "description", "star_count", "is_official", "is_public"}``.
        goes_on: Whether there is another page.
        total: How many there are in all, where the registry tells.
        problem: Why there is no next page though the registry has more.
    """

    rows: tuple[Any, ...]
    goes_on: bool = False
    total: int | None = None
    problem: str | None = None


def search_url(upstream: Upstream, query: str, page: int) -> str:
    """Return the URL of a page, numbered from 1."""
    return f"{upstream.endpoint}/v1/search?{urlencode({'q': query, 'n': PAGE_SIZE, 'page': page})}"


def read_search(reply: Reply, page: int) -> SearchPage | None:
    """Read the page of that number; ``None`` where it is no search result.

    What answers may be a web application that has one page for every address.
    """
    try:
        document = parse_object(reply.body, "a search result")
    except UpstreamError:
        return None
    rows, pages = document.get("results"), count(document.get("num_pages")) or 1
    if not isinstance(rows, list):
        return None
    told = count(document.get("page"))
    if told is not None and told < page:
        return SearchPage((), problem=f"the registry found more, but tells no more than {told} pages")
    goes_on = bool(rows) and page < pages
    # At Quay this counts the page's own rows.
    found = count(document.get("num_results"))
    whole = found is not None and (found > len(rows) or (page == 1 and not goes_on))
    return SearchPage(tuple(rows), goes_on, found if whole else None)
