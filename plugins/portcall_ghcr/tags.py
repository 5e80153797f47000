"""Tags with digest and date, as far as a token is told of a package's versions."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from portcall.errors import NotFoundError, PortcallError
from portcall_ghcr.packages import Versions, newest_versions

if TYPE_CHECKING:
    from portcall.plugin import TagPage
    from portcall_ghcr.api import GitHubApi

#: Seconds that the details of tags are waited for: the registry's own list does without them.
_PATIENCE = 5.0


async def known_versions(api: GitHubApi, repository: str) -> Versions | None:
    """Return what the versions tell of the tags; nothing without a token, or where nothing is told.

    Never raises: a failure costs the details alone, and is a warning.
    """
    if not await api.has_token():
        return None
    try:
        async with asyncio.timeout(_PATIENCE):
            return await newest_versions(api, repository)
    except NotFoundError:
        return None
    except PortcallError as error:
        told = f"{error.message}. {error.hint}"
    except TimeoutError:
        told = "GitHub took too long"
    return Versions({}, is_all=True, warnings=(f"tags are told without digests and dates: {told}",))


def described(page: TagPage, versions: Versions) -> TagPage:
    """Return the registry's tags, each of them and no other, the newest first as far as that is known."""
    listed = {tag.name for tag in page.tags}
    dated = tuple(tag for name, tag in versions.tags.items() if name in listed)
    rest = tuple(tag for tag in page.tags if tag.name not in versions.tags)
    warnings = versions.warnings
    if rest and not versions.is_all:
        warnings += (f"only the newest {len(dated)} of {len(page.tags):,} tags are told with digest and date",)
    return replace(page, tags=(*dated, *rest), warnings=(*page.warnings, *warnings))
