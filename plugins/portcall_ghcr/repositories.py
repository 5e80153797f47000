"""An owner's images: all packages that a token may read; without one, those called as their repository."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from portcall.errors import (
    ForbiddenError,
    InvalidArgumentError,
    NotFoundError,
    UnauthorizedError,
    UnavailableError,
    UpstreamError,
)
from portcall.plugin import RepositoryPage, read_rows
from portcall_ghcr.api import MOST_ROWS
from portcall_ghcr.candidates import BROKEN_OFF, Candidates, SourcePage
from portcall_ghcr.names import is_login
from portcall_ghcr.packages import ORGS, USERS, branch_of, list_packages
from portcall_ghcr.pages import read_position

if TYPE_CHECKING:
    from portcall_ghcr.api import GitHubApi
    from portcall_ghcr.rows import Rows
    from portcall_ghcr.token_endpoint import TokenEndpoint

_SOURCES = "sources"
_LAST_PAGE = 100  # GitHub tells ten thousand packages at most (gh-spec, per_page times page).
#: What a token of another kind, or without the scope, is told; a workflow's token 400 (cli/cli#9606).
_TOKEN_DOES_NOT_DO = (ForbiddenError, NotFoundError, UnauthorizedError, UpstreamError)


async def list_repositories(
    api: GitHubApi, endpoint: TokenEndpoint, rows: Rows, namespace: str, limit: int, cursor: str | None
) -> RepositoryPage:
    """Return one page of an owner's images.

    Raises:
        InvalidArgumentError: Nobody at GitHub can be called so.
        NotFoundError: There is nobody of that name.
    """
    namespace = namespace.strip()
    if not is_login(namespace):
        raise InvalidArgumentError(
            "the argument `namespace` is no user's or organisation's name", hint="One word, e.g. grafana."
        )
    listing = _Owner(api, endpoint, rows, namespace)
    position = read_position(cursor, ORGS, USERS, _SOURCES)
    if position is None:
        return await listing.first(limit)
    kind, place = position
    if kind == _SOURCES:
        return await listing.by_source(place, limit)
    return await listing.by_package(kind, place)


class _Owner:
    """One owner's images, listed in either way."""

    def __init__(self, api: GitHubApi, endpoint: TokenEndpoint, rows: Rows, name: str) -> None:
        self._api, self._endpoint, self._rows, self._name = api, endpoint, rows, name

    async def first(self, limit: int) -> RepositoryPage:
        branch = await branch_of(self._api, self._name)
        if not await self._api.has_token():
            return await self.by_source(0, limit)
        try:
            return await self.by_package(branch, 1)
        except UnavailableError:
            raise
        except _TOKEN_DOES_NOT_DO as error:
            told = f"GitHub does not list the packages of {self._name}: {error.message}. {error.hint}"
            page = await self.by_source(0, limit)
            return replace(page, warnings=(told, *page.warnings))

    async def by_package(self, branch: str, page: int) -> RepositoryPage:
        if not 1 <= page <= _LAST_PAGE:
            return RepositoryPage(())
        told = await list_packages(self._api, branch, self._name, page)
        found = self._api.rows(told, f"packages of {self._name}")
        images, warnings = read_rows(found, self._rows.package)
        if told.goes_on and not found:
            warnings += (BROKEN_OFF,)
        elif told.goes_on and page == _LAST_PAGE:
            warnings += (f"GitHub tells {_LAST_PAGE * MOST_ROWS:,} packages of an owner at most; there are more",)
        elif told.goes_on:
            return RepositoryPage(images, f"{branch}:{page + 1}", warnings=warnings)
        return RepositoryPage(images, warnings=warnings)

    async def by_source(self, start: int, limit: int) -> RepositoryPage:
        candidates = Candidates(self._endpoint, self._rows, _SOURCES, self._sources)
        return await candidates.page(start, limit)

    async def _sources(self, page: int) -> SourcePage:
        what = f"repositories of {self._name}"
        query: dict[str, str | int] = {"per_page": MOST_ROWS, "page": page}
        told = await self._api.ask(("users", self._name, "repos"), query, what=what)
        return SourcePage(self._api.rows(told, what), told.goes_on, told.warnings)
