"""Searching a Quay: by a repository's name and description, ten at a time, a hundred at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.plugin import RepositoryPage, count, read_rows
from portcall_quay.pages import page_number

if TYPE_CHECKING:
    from portcall_quay.api import QuayApi
    from portcall_quay.rows import Rows

#: Quay tells page ten again and again to whoever asks for more (SEARCH_MAX_RESULT_PAGE_COUNT).
LAST_PAGE = 10


async def search(api: QuayApi, rows: Rows, query: str, cursor: str | None) -> RepositoryPage:
    """Return one page of what was found, ten repositories, however many are wanted.

    Source: quay/quay endpoints/api/search.py.
    """
    page = page_number(cursor, LAST_PAGE)
    what = "search for repositories"
    parameters: dict[str, str | int] = {"query": query, "page": page, "includeUsage": "true"}
    answer = await api.get(("find", "repositories"), parameters, what=what)
    told = count(answer.get("page"))
    if told is not None and told < page:
        return RepositoryPage((), warnings=(_cut(api.registry, told),))
    images, warnings = read_rows(api.rows(answer, "results", what), rows.image)
    if cursor is None and "/" in query:
        warnings += (f"{api.registry} looks at names and descriptions; list_repositories tells a namespace's",)
    if answer.get("has_additional") is not True:
        return RepositoryPage(images, warnings=warnings)
    if page < LAST_PAGE:
        return RepositoryPage(images, next=str(page + 1), warnings=warnings)
    return RepositoryPage(images, warnings=(*warnings, _cut(api.registry, page)))


def _cut(registry: str, pages: int) -> str:
    return f"{registry} found more, but tells no more than {pages} pages of any search; narrow the query"
