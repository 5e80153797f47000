"""What a base could be that is not there: the newest stable tag of its repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.call import aside
from portcall.deadline import deadline, leaving
from portcall.errors import PortcallError
from portcall.images.tag_list import collect_tags
from portcall.images.together import beside_the_loop
from portcall.tags import newer_than, newest_stable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from portcall.backend import RegistryBackend
    from portcall.models import ImageCheck
    from portcall.reference import Reference

#: Seconds to leave for the answer.
_RESERVE = 1.0


async def newest_instead(
    backend_for: Callable[[Reference], Awaitable[RegistryBackend]],
    reference: Reference | None,
    check: ImageCheck | None,
) -> str | None:
    """Return the newest stable tag where an image's own is missing: of its make, if there is one.

    The list of tags was read already, to name near ones. ``None`` for what is there, for what is named by digest,
    and where the list cannot be had.
    """
    if reference is None or reference.digest or check is None or check.exists is not False:
        return None
    try:
        with aside():
            async with deadline(leaving(_RESERVE)):
                backend = await backend_for(reference)
                collected = await collect_tags(backend, reference.repository)
    except PortcallError:
        return None
    tag, names = reference.tag or "latest", [tag.name for tag in collected.tags]
    return await beside_the_loop(len(names), lambda: newer_than(tag, names) or newest_stable(names))
