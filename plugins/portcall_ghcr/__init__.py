"""The GitHub Container Registry: its distribution API for images, GitHub's REST API for all else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from portcall.errors import UnsupportedError
from portcall.plugin import BackendRegistration, RegistryBackend, TokenService, hookimpl
from portcall_ghcr import dockerfiles, people, repositories, search, source_dockerfile, tags
from portcall_ghcr.api import GitHubApi
from portcall_ghcr.names import HOME
from portcall_ghcr.repository import get_repository
from portcall_ghcr.rows import Rows
from portcall_ghcr.token_endpoint import TokenEndpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.models import DockerfileInfo, DockerImage
    from portcall.plugin import (
        ApiClient,
        BackendContext,
        Descriptor,
        DockerfilePage,
        RepositoryPage,
        StoredManifest,
        TagPage,
        UserPage,
    )

_SITE = "https://github.com"


class GhcrBackend(RegistryBackend):
    """GHCR: every read needs a token, anonymous ones included; its token endpoint refuses what is private.

    A GitHub Enterprise server is ``backend = "ghcr"`` under its registry's own prefix, with its ``api``
    (``https://ghe.corp.example/api/v3``); without one it can be asked what every registry can.
    """

    endpoint: ClassVar[str | None] = "https://ghcr.io"
    api_endpoint: ClassVar[str | None] = "https://api.github.com"
    token_service: ClassVar[TokenService | None] = TokenService(realm="https://ghcr.io/token", service=HOME)
    # A hundred by default, oldest first, so that the newest would take every page; this many come at once.
    tags_page_size: ClassVar[int | None] = 10_000

    def __init__(self, context: BackendContext) -> None:
        super().__init__(context)
        self._github = GitHubApi(context.api) if context.api else None
        self._endpoint = TokenEndpoint(context)
        self._rows = Rows(self.upstream.registry, _site(self.upstream.registry, context.api), self.web_url)

    @property
    def source_hosts(self) -> tuple[str, ...]:
        """The host of GitHub's pages: a GitHub Enterprise server's own for its registry."""
        return (self._rows.host,) if self._github else ()

    def web_url(self, repository: str) -> str | None:
        """Return the address that GitHub redirects to the package's page."""
        return f"https://{HOME}/{repository}" if self.upstream.registry == HOME else None

    async def resolve(self, repository: str, identifier: str) -> Descriptor:
        """Return media type, digest and size of what a tag or digest stands for."""
        async with self._endpoint.explained(repository):
            return await super().resolve(repository, identifier)

    async def get_manifest(self, repository: str, identifier: str) -> StoredManifest:
        """Return a manifest or index by tag or digest, checked over its raw bytes."""
        async with self._endpoint.explained(repository):
            return await super().get_manifest(repository, identifier)

    async def list_tags(self, repository: str, *, limit: int | None = None, cursor: str | None = None) -> TagPage:
        """Return the tags, as the registry lists them; with a token the newest come first, and dated."""
        listed, versions = await asyncio.gather(
            self._listed_tags(repository, limit, cursor),
            tags.known_versions(self._github, repository) if self._github and self.is_told_of else _nothing(),
        )
        return tags.described(listed, versions) if versions else listed

    async def search(self, query: str, *, limit: int, cursor: str | None = None) -> RepositoryPage:
        """Return one page of the public images that match: of repositories at GitHub that have one."""
        return await search.search(self._api(), self._endpoint, self._rows, query, limit, cursor)

    async def list_repositories(self, namespace: str, *, limit: int, cursor: str | None = None) -> RepositoryPage:
        """Return one page of an owner's images: with a token all that it may read."""
        return await repositories.list_repositories(
            self._api(), self._endpoint, self._rows, namespace, limit, cursor
        )

    async def get_repository(self, repository: str, *, readme: bool = False) -> DockerImage:
        """Return what a package and its source repository tell of an image."""
        if self._github is None or not self.is_told_of:
            return await self._existing(repository, readme=readme)
        return await get_repository(
            self._github, self._rows, repository, lambda: self._existing(repository), readme=readme
        )

    async def search_users(self, query: str, *, limit: int) -> UserPage:
        """Return users and organisations of GitHub, the one of that very name first."""
        return await people.search_users(self._api(), self._rows, query, limit)

    async def search_dockerfiles(self, query: str, *, limit: int) -> DockerfilePage:
        """Return Dockerfiles at GitHub: by code search with a token, else by their paths."""
        return await dockerfiles.search_dockerfiles(self._api(), self._rows, query, limit)

    async def get_source_dockerfile(
        self, source: str, *, revision: str | None = None, path: str | None = None
    ) -> DockerfileInfo:
        """Return the Dockerfile of a source repository at GitHub."""
        return await source_dockerfile.get_source_dockerfile(self._api(), self._rows, source, revision, path)

    async def _existing(self, repository: str, *, readme: bool = False) -> DockerImage:
        async with self._endpoint.explained(repository):
            return await super().get_repository(repository, readme=readme)

    async def _listed_tags(self, repository: str, limit: int | None, cursor: str | None) -> TagPage:
        async with self._endpoint.explained(repository):
            return await super().list_tags(repository, limit=limit, cursor=cursor)

    def _api(self) -> GitHubApi:
        if self._github is None:
            raise UnsupportedError(
                f"{self.upstream.registry} has no API here that tells of repositories",
                hint=f'If there is one, write api under [registries."{self.upstream.registry}"].',
                registry=self.upstream.registry,
            )
        return self._github


async def _nothing() -> None:
    """Return nothing, where the API is not asked."""


def _site(registry: str, api: ApiClient | None) -> str:
    """Return where GitHub's pages are: those of a GitHub Enterprise server on its API's host, or one below it.

    Source: docs.github.com, "REST API" (``HOST/api/v3``; ``api.SUBDOMAIN.ghe.com``).
    """
    if api is None or registry == HOME:
        return _SITE
    origin = api.upstream.origin
    return f"{origin.scheme}://{origin.netloc.removeprefix('api.')}"


@hookimpl
def portcall_backends() -> Iterator[BackendRegistration]:
    """Offer GHCR."""
    yield BackendRegistration(name="ghcr", factory=GhcrBackend, prefixes=(HOME,))
