"""Tags by the API: with digests, dates, sizes and platforms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.plugin import TagPage, read_rows

from portcall_harbor.names import repository_path
from portcall_harbor.paging import MOST_ROWS, Place
from portcall_harbor.rows import tags_in

if TYPE_CHECKING:
    from portcall_harbor.api import HarborApi

#: Artifacts of a page; each may have several tags.
PAGE_SIZE = MOST_ROWS


async def tag_page(api: HarborApi, repository: str, cursor: str | None) -> TagPage:
    """Return one page of tags, those of the image that was pushed last first.

    Harbor lists images with their tags, here those alone that have one. A tag that is pushed while somebody
    reads moves all others down, so that some are seen twice, and none is missed.

    Source: goharbor/harbor api/v2.0/swagger.yaml, ``listArtifacts``.
    """
    place = Place.at(cursor, PAGE_SIZE)
    listed = await api.get_rows(
        (*repository_path(repository), "artifacts"),
        {"q": "tags=*", "sort": "-push_time", "with_tag": "true", **place.parameters},
        what=f"repository {repository}",
        hidden=True,
    )
    images, warnings = read_rows(listed.rows, tags_in)
    tags = tuple(tag for image in images for tag in image)
    if not listed.rows and listed.total and listed.total > (place.page - 1) * place.size:
        return TagPage(tags, problem="the registry says that it has more tags, and tells none")
    return TagPage(tags, listed.next_after(place), warnings=warnings)
