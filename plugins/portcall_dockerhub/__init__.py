"""Docker Hub: its distribution API for images, hub.docker.com for all else."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from portcall.errors import NotFoundError, UnsupportedError
from portcall.plugin import BackendRegistration, RegistryBackend, TagPage, TokenService, hookimpl
from portcall_dockerhub import repositories, search, suggest, tags, users
from portcall_dockerhub.api import API, HubApi
from portcall_dockerhub.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.models import DockerImage
    from portcall.plugin import BackendContext, RepositoryPage, UserPage


class DockerHubBackend(RegistryBackend):
    """Docker Hub: ``docker.io`` in references, four other hosts on the wire.

    Source: docs.docker.com/reference/api/registry, docs.docker.com/reference/api/hub.
    """

    endpoint: ClassVar[str | None] = "https://registry-1.docker.io"
    api_endpoint: ClassVar[str | None] = API
    token_service: ClassVar[TokenService | None] = TokenService(
        realm="https://auth.docker.io/token", service="registry.docker.io"
    )
    meters_pulls: ClassVar[bool] = True
    # Without `n` the whole list comes in one answer; with it, in pages.
    tags_page_size: ClassVar[int | None] = None

    def __init__(self, context: BackendContext) -> None:
        super().__init__(context)
        self._hub = HubApi(context.api) if context.api else None
        self._rows = Rows(self.upstream.registry, self.web_url)

    async def search(self, query: str, *, limit: int, cursor: str | None = None) -> RepositoryPage:
        """Return one page of the images that match, best first; ``total`` counts all that match."""
        return await search.search(self._api(), self._rows, query, limit, cursor)

    async def list_repositories(self, namespace: str, *, limit: int, cursor: str | None = None) -> RepositoryPage:
        """Return one page of a namespace's repositories, the newest first; ``library`` has the official ones."""
        return await repositories.list_repositories(self._api(), self._rows, namespace, limit, cursor)

    async def get_repository(self, repository: str, *, readme: bool = False) -> DockerImage:
        """Return what Docker Hub tells of one repository; with ``readme``, its overview, too."""
        if self._hub is None or not self.is_told_of:
            return await super().get_repository(repository, readme=readme)
        return await repositories.get_repository(self._hub, self._rows, repository, readme=readme)

    async def search_users(self, query: str, *, limit: int) -> UserPage:
        """Return the account of that name, and publishers of images that match: there is no other search."""
        return await users.search_users(self._api(), query, limit)

    async def suggest_repositories(self, repository: str) -> tuple[str, ...]:
        """Return up to three official images, or trusted publishers', whose names are near."""
        if self._hub is None or not self.is_told_of:
            return ()
        return await suggest.suggest_repositories(self._hub, repository)

    async def list_tags(self, repository: str, *, limit: int | None = None, cursor: str | None = None) -> TagPage:
        """Return the tags, the newest hundred with digest, date, size and platforms.

        Where there are no others, that is one request to the API, and none to the registry; otherwise the
        names come from the registry, which tells all of them at once.
        """
        newest = await tags.newest_tags(self._hub, repository) if self._hub and self.is_told_of else tags.Newest()
        if cursor is None and limit is None and newest.is_all:
            return TagPage(tuple(newest.tags.values()), warnings=newest.warnings)
        page = await super().list_tags(repository, limit=limit, cursor=cursor)
        detailed = tuple(newest.tags.get(tag.name, tag) for tag in page.tags)
        return replace(page, tags=detailed, warnings=newest.warnings)

    def _api(self) -> HubApi:
        if self._hub is None:
            raise UnsupportedError(
                f"{self.upstream.registry} has no API here that tells of repositories",
                hint=f'If there is one, write api under [registries."{self.upstream.registry}"].',
                registry=self.upstream.registry,
            )
        return self._hub

    async def account(self) -> str:
        """Return the user whom the credentials are for, having signed in at hub.docker.com with them."""
        return await self._api().account()

    async def probe(self) -> None:
        """Ask for a sign of life, and for what is left of the allowance of pulls, which asking does not touch.

        Source: docs.docker.com/docker-hub/usage/pulls.
        """
        await super().probe()
        # A mirror in its place may not have it, and answers all the same.
        with contextlib.suppress(NotFoundError):
            await self.resolve("ratelimitpreview/test", "latest")

    def web_url(self, repository: str) -> str:
        """Return the repository's page on hub.docker.com."""
        official = repository.removeprefix("library/")
        return f"https://hub.docker.com/{'_' if official != repository else 'r'}/{official}"


@hookimpl
def portcall_backends() -> Iterator[BackendRegistration]:
    """Offer Docker Hub."""
    yield BackendRegistration(name="dockerhub", factory=DockerHubBackend, prefixes=("docker.io",))
