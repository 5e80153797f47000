"""Tags with digest, size, date and platforms, as far as one page of the API tells of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portcall.errors import PortcallError
from portcall.plugin import count, listing
from portcall_dockerhub.names import HubName
from portcall_dockerhub.paging import MOST_ROWS
from portcall_dockerhub.rows import tag_in

if TYPE_CHECKING:
    from portcall.models import Tag
    from portcall_dockerhub.api import HubApi, Told

#: Seconds that the details of tags are waited for: the registry's own list does without them.
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Newest:
    """The tags that were pushed last, with their details.

    Args:
        tags: By name.
        is_all: Whether the repository has no others.
        warnings: Why there are others, or none, and what else the reader has to know.
    """

    tags: dict[str, Tag] = field(default_factory=dict)
    is_all: bool = False
    warnings: tuple[str, ...] = ()


async def newest_tags(api: HubApi, repository: str) -> Newest:
    """Return up to a hundred tags, the newest; none where the API does not tell, whatever the reason.

    A hundred is one request. The others would take one for each hundred, of 180 a minute, and anonymous
    callers do not get far: for them there is the registry's own list, which is whole.
    """
    name = HubName.parse(repository)
    if name is None:
        return Newest()
    # Newest first is what clients rely on (reno), and is not documented.
    parameters: dict[str, str | int] = {"page_size": MOST_ROWS, "ordering": "last_updated"}
    try:
        async with asyncio.timeout(_PATIENCE):
            return _read(await api.ask([*name.api_path, "tags"], parameters, what=f"tags of {name.familiar}"))
    except PortcallError as error:
        return Newest(warnings=(_untold(f"{error.message}. {error.hint}"),))
    except TimeoutError:
        return Newest(warnings=(_untold(f"the API of {api.registry} did not answer in time"),))


def _read(told: Told) -> Newest:
    tags = [tag for tag in map(tag_in, listing(told.document.get("results"))) if tag is not None]
    found = {tag.name: tag for tag in tags}
    total = count(told.document.get("count"))
    if found and len(found) == total and not told.document.get("next"):
        return Newest(found, is_all=True, warnings=told.warnings)
    if not found:
        return Newest(warnings=(*told.warnings, _untold("the API has none of them")))
    of_all = "of them" if total is None else f"of {total:,} tags"
    partly = f"only the {len(found):,} newest {of_all} are told with digest, size and date"
    return Newest(found, warnings=(*told.warnings, partly))


def _untold(why: str) -> str:
    return f"the tags are told without digests, sizes and dates: {why}".strip()
