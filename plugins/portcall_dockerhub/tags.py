"""Tags with digest, size, date and platforms, as far as one page of the API tells of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.errors import PortcallError
from portcall.plugin import count, listing
from portcall_dockerhub.names import HubName
from portcall_dockerhub.paging import MOST_ROWS
from portcall_dockerhub.rows import tag_in

if TYPE_CHECKING:
    from portcall.models import Tag
    from portcall_dockerhub.api import HubApi

#: Seconds that the details of tags are waited for: the registry's own list does without them.
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Newest:
    """The tags that were pushed last, with their details.

    Args:
        tags: By name.
        is_all: Whether the repository has no others.
    """

    tags: dict[str, Tag]
    is_all: bool


async def newest_tags(api: HubApi, repository: str) -> Newest | None:
    """Return up to a hundred tags, the newest; ``None`` where the API does not tell, whatever the reason.

    A hundred is one request. The others would take one for each hundred, of 180 a minute, and anonymous
    callers do not get far: for them there is the registry's own list, which is whole.
    """
    name = HubName.parse(repository)
    if name is None:
        return None
    # Newest first is what clients rely on (reno), and is not documented.
    parameters: dict[str, str | int] = {"page_size": MOST_ROWS, "ordering": "last_updated"}
    try:
        async with asyncio.timeout(_PATIENCE):
            told = await api.ask([*name.api_path, "tags"], parameters, what=f"tags of {name.familiar}")
    except (PortcallError, TimeoutError):
        return None
    tags = [tag for tag in map(tag_in, listing(told.document.get("results"))) if tag is not None]
    found = {tag.name: tag for tag in tags}
    total = count(told.document.get("count"))
    return Newest(found, is_all=not told.document.get("next") and bool(found) and len(found) == total)
