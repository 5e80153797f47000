"""Packages by the API: told to tokens that may read them, public ones included.

Source: gh-spec, "Packages".
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.errors import NotFoundError, PortcallError
from portcall.plugin import read_rows
from portcall_ghcr.api import MOST_ROWS
from portcall_ghcr.names import is_login, is_package_path
from portcall_ghcr.rows import tags_of

if TYPE_CHECKING:
    from portcall.models import Tag
    from portcall_ghcr.api import GitHubApi, Told

#: The first segment of an owner's packages.
ORGS, USERS = "orgs", "users"
#: Pages of versions that are read, a hundred each: the newest, by all that is known.
_PAGES = 3


@dataclass(frozen=True, slots=True)
class Versions:
    """What the newest versions of a package tell of its tags.

    Args:
        tags: By name, the newest first.
        is_all: Whether there are no older versions.
        warnings: What the reader has to know.
    """

    tags: dict[str, Tag]
    is_all: bool
    warnings: tuple[str, ...] = ()


async def branch_of(api: GitHubApi, owner: str) -> str:
    """Return where an owner's packages are: ``"orgs"`` or ``"users"``.

    Raises:
        NotFoundError: There is nobody of that name.
    """
    nobody = NotFoundError(
        f"{api.registry} has no user or organisation {owner}",
        hint="Check the name; search_users finds those that there are.",
        registry=api.registry,
    )
    if not is_login(owner):
        raise nobody
    what = f"user or organisation {owner}"
    try:
        told = api.object(await api.ask(("users", owner), what=what), what)
    except NotFoundError as error:
        raise nobody from error
    return ORGS if told.get("type") == "Organization" else USERS


async def list_packages(api: GitHubApi, branch: str, owner: str, page: int) -> Told:
    """Return one page of an owner's packages, unread: those that the token may read."""
    query: dict[str, str | int] = {"package_type": "container", "per_page": MOST_ROWS, "page": page}
    return await api.ask((branch, owner, "packages"), query, what=f"packages of {owner}", public=False)


async def get_package(api: GitHubApi, repository: str) -> Told:
    """Return one package, unread.

    Raises:
        NotFoundError: There is none, or the token may not read it.
    """
    return await api.ask(await _path_of(api, repository), what=f"package {repository}", public=False)


async def newest_versions(api: GitHubApi, repository: str) -> Versions:
    """Return the tags of the newest three hundred versions; untagged ones count, too.

    Raises:
        PortcallError: The first page could not be had.
    """
    path = (*await _path_of(api, repository), "versions")
    what = f"versions of {repository}"

    async def page(number: int) -> Told:
        query: dict[str, str | int] = {"per_page": MOST_ROWS, "page": number}
        return await api.ask(path, query, what=what, public=False)

    parts = [await page(1)]
    if parts[0].goes_on:
        more = await asyncio.gather(*map(page, range(2, _PAGES + 1)), return_exceptions=True)
        parts += _whole(more)
    rows = [row for part in parts for row in api.rows(part, what)]
    versions, warnings = read_rows(rows, tags_of)
    tags: dict[str, Tag] = {}
    for tag in (tag for version in versions for tag in version):
        tags.setdefault(tag.name, tag)
    return Versions(tags, is_all=not parts[-1].goes_on, warnings=warnings)


def _whole(parts: list[Told | BaseException]) -> list[Told]:
    """Return the pages before the first that failed: further ones are of no use without it."""
    found: list[Told] = []
    for part in parts:
        if isinstance(part, PortcallError):
            break
        if isinstance(part, BaseException):
            raise part
        found.append(part)
    return found


async def _path_of(api: GitHubApi, repository: str) -> tuple[str, ...]:
    if not is_package_path(repository):
        raise NotFoundError(
            f"{api.registry} has no package {repository}: its names have an owner",
            hint=f"Write {api.registry}/owner/name.",
            registry=api.registry,
        )
    owner, _, name = repository.partition("/")
    return (await branch_of(api, owner), owner, "packages", "container", name)
