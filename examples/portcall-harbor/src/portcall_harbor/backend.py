"""Harbor as a backend: its distribution API, and what its REST API knows better."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from portcall.errors import ForbiddenError, HiddenError, NotFoundError, UnauthorizedError, UpstreamError
from portcall.plugin import RegistryBackend, TagPage, bad_cursor

from portcall_harbor.api import HarborApi
from portcall_harbor.options import Options
from portcall_harbor.people import search_users
from portcall_harbor.projects import list_projects
from portcall_harbor.repositories import get_repository, list_repositories, search
from portcall_harbor.rows import Rows
from portcall_harbor.scans import get_vulnerabilities
from portcall_harbor.tags import PAGE_SIZE, tag_page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from portcall.models import DockerImage
    from portcall.plugin import BackendContext, Descriptor, RepositoryPage, ScanReport, StoredManifest, UserPage

    from portcall_harbor.projects import HarborProjects

#: What the API says where the distribution protocol may still answer: to a robot that may only pull, of what a
#: proxy cache has not fetched yet, in an outage of the API alone, for a registry that is no Harbor.
_API_REFUSES = (ForbiddenError, NotFoundError, UnauthorizedError, UpstreamError)
#: Which list a cursor belongs to.
_BY_API, _BY_PROTOCOL = "api", "protocol"


class HarborBackend(RegistryBackend):
    """Harbor 2: no host is its own, so its users write ``backend = "harbor"`` for theirs.

    Its API is on the registry's own host, and takes the registry's own credentials.
    """

    api_on_registry: ClassVar[bool] = True
    lists_everything: ClassVar[bool] = True
    # More than a hundred rows are not given, whatever is asked for.
    tags_page_size: ClassVar[int | None] = PAGE_SIZE

    def __init__(self, context: BackendContext) -> None:
        super().__init__(context)
        options = Options.of(context)
        self._harbor = HarborApi(context)
        self._rows = Rows(self.upstream.registry, options.web_url or f"https://{self.upstream.registry}")

    async def search(self, query: str, *, limit: int, cursor: str | None = None) -> RepositoryPage:
        """Return one page of the repositories in whose names all words are, the most pulled first."""
        return await search(self._harbor, self._rows, query, limit, cursor)

    async def list_repositories(self, namespace: str, *, limit: int, cursor: str | None = None) -> RepositoryPage:
        """Return one page of a project's repositories by name; of all projects' without a namespace."""
        return await list_repositories(self._harbor, self._rows, namespace, limit, cursor)

    async def get_repository(self, repository: str, *, readme: bool = False) -> DockerImage:
        """Return what Harbor tells of one repository; where its API does not, that there is one."""
        try:
            return await get_repository(self._harbor, self._rows, repository, readme=readme)
        except _API_REFUSES as error:
            async with self._explained():
                image = await super().get_repository(repository, readme=readme)
            return image.with_warnings(f"no more than its existence is known: {error.message}")

    async def list_tags(self, repository: str, *, limit: int | None = None, cursor: str | None = None) -> TagPage:
        """Return one page of tags: by the API, with digest, date and platforms; else names, by the protocol.

        Which of the lists it is, the first page decides, for their orders differ.
        """
        if cursor is None:
            return await self._first_tags(repository, limit)
        kind, _, place = cursor.partition(":")
        if kind == _BY_API:
            return await self._tags_by_api(repository, place)
        if kind == _BY_PROTOCOL:
            return await self._tags_by_protocol(repository, limit, place)
        raise bad_cursor()

    async def resolve(self, repository: str, identifier: str) -> Descriptor:
        """Return media type, digest and size of what a tag or digest stands for."""
        async with self._explained():
            return await super().resolve(repository, identifier)

    async def get_manifest(self, repository: str, identifier: str) -> StoredManifest:
        """Return a manifest or index by tag or digest, checked over its raw bytes."""
        async with self._explained():
            return await super().get_manifest(repository, identifier)

    async def search_users(self, query: str, *, limit: int) -> UserPage:
        """Return users whose names hold ``query``; Harbor tells them to those alone who are logged in."""
        return await search_users(self._harbor, self._rows, query, limit)

    async def get_vulnerabilities(self, repository: str, digest: str) -> ScanReport:
        """Return what Harbor's scanner found in one manifest, or why nothing is known."""
        return await get_vulnerabilities(self._harbor, repository, digest)

    async def projects(self, query: str = "", *, limit: int = 100) -> HarborProjects:
        """Return the projects whose names hold ``query``, all that these credentials see without one."""
        return await list_projects(self._harbor, self._rows, query, limit)

    async def _first_tags(self, repository: str, limit: int | None) -> TagPage:
        try:
            found = await self._tags_by_api(repository, None)
        except _API_REFUSES as error:
            page = await self._tags_by_protocol(repository, limit, None)
            return replace(page, warnings=(*page.warnings, f"only names of tags are known: {error.message}"))
        # The API tells nothing, too, of what is not there, or what a proxy cache has not fetched yet.
        return found if found.tags or found.next else await self._tags_by_protocol(repository, limit, None)

    async def _tags_by_api(self, repository: str, place: str | None) -> TagPage:
        found = await tag_page(self._harbor, repository, place)
        return replace(found, next=f"{_BY_API}:{found.next}" if found.next else None)

    async def _tags_by_protocol(self, repository: str, limit: int | None, place: str | None) -> TagPage:
        async with self._explained():
            found = await super().list_tags(repository, limit=limit, cursor=place)
        return replace(found, next=f"{_BY_PROTOCOL}:{found.next}" if found.next else None)

    @asynccontextmanager
    async def _explained(self) -> AsyncIterator[None]:
        """Say of what the registry hides that the credentials are wrong, where they are."""
        try:
            yield
        except HiddenError as error:
            raise await self._harbor.refused_login() or error from error
