"""Tags by the API: as many a page as the registry's own list has, and with digests, sizes and dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.plugin import TagPage, count, read_rows
from portcall_quay.names import path_of
from portcall_quay.pages import page_number
from portcall_quay.problems import refused_repository
from portcall_quay.rows import tag

if TYPE_CHECKING:
    from portcall_quay.api import QuayApi

#: Tags of a page; more are not given.
PAGE_SIZE = 100
#: No repository has as many pages.
_LAST_PAGE = 100_000


async def tag_page(api: QuayApi, repository: str, cursor: str | None = None) -> TagPage:
    """Return one page of the tags that there are now, newest first.

    Source: quay/quay endpoints/api/tag.py; without ``onlyActiveTags`` dead ones would come, too, and without
    the slash at the end it would be another repository.
    """
    page = page_number(cursor, _LAST_PAGE)
    what = f"repository {repository}"
    answer = await api.get(
        ("repository", *path_of(repository), "tag", ""),
        {"onlyActiveTags": "true", "limit": PAGE_SIZE, "page": page},
        what=what,
        refuse=refused_repository,
    )
    told = count(answer.get("page"))
    if told is not None and told != page:
        return TagPage((), problem="the registry told another page of its tags than was asked for")
    rows = api.rows(answer, "tags", what)
    tags, warnings = read_rows(rows, tag)
    more = answer.get("has_additional") is True
    if more and not rows:
        return TagPage(tags, problem="the registry says that it has more tags, and tells none", warnings=warnings)
    return TagPage(tags, next=str(page + 1) if more else None, warnings=warnings)
