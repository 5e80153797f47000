"""Quay, hosted or your own: its distribution API, and what its REST API knows better."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from portcall.errors import (
    ForbiddenError,
    HiddenError,
    NotFoundError,
    PortcallError,
    UnauthorizedError,
    UpstreamError,
)
from portcall.plugin import ApiClient, BackendRegistration, RegistryBackend, bad_cursor, hookimpl
from portcall_quay.api import QuayApi
from portcall_quay.people import search_users
from portcall_quay.problems import TOKENS, explained
from portcall_quay.repositories import get_repository, list_repositories
from portcall_quay.rows import Rows
from portcall_quay.scans import scan_report
from portcall_quay.search import search
from portcall_quay.tags import PAGE_SIZE, tag_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.models import DockerImage
    from portcall.plugin import (
        BackendContext,
        Descriptor,
        RepositoryPage,
        ScanReport,
        StoredManifest,
        TagPage,
        UserPage,
    )

#: What the API says where the registry's own list may still be told: a robot's private repository, an outage
#: of the API alone, a proxy of Quay that has no such API.
_API_REFUSES = (ForbiddenError, NotFoundError, UnauthorizedError, UpstreamError)
#: Which list a cursor belongs to.
_BY_API, _BY_REGISTRY = "api", "registry"


class QuayBackend(RegistryBackend):
    """Quay: public repositories answer without any token, so none is asked for beforehand.

    A self-hosted Quay is ``backend = "quay"`` under its own prefix: without a configured endpoint that
    prefix's host is asked, and its API is on the same host unless ``api`` says otherwise.
    """

    api_endpoint: ClassVar[str | None] = "https://quay.io"
    api_on_registry: ClassVar[bool] = True
    # More than a hundred are not given, whatever is asked for.
    tags_page_size: ClassVar[int | None] = PAGE_SIZE

    def __init__(self, context: BackendContext) -> None:
        super().__init__(context)
        self._quay = QuayApi(context)
        self._rows = Rows(self.upstream.registry, self._quay.upstream.endpoint)
        self._plain = ApiClient(context.http, context.upstream)

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What this registry can be asked; of a mirror's images, no scanner tells."""
        told = super().capabilities
        return told if self.is_told_of else tuple(each for each in told if each != "vulnerabilities")

    def web_url(self, repository: str) -> str:
        """Return the repository's page, on Quay's own site wherever images come from."""
        return self._rows.page(repository)

    async def search(self, query: str, *, limit: int, cursor: str | None = None) -> RepositoryPage:
        """Return one page of the repositories whose name or description holds ``query``, ten at a time."""
        return await search(self._quay, self._rows, query, cursor)

    async def list_repositories(self, namespace: str, *, limit: int, cursor: str | None = None) -> RepositoryPage:
        """Return one page of a namespace's repositories, a hundred at a time."""
        return await list_repositories(self._quay, self._rows, namespace, cursor)

    async def get_repository(self, repository: str, *, readme: bool = False) -> DockerImage:
        """Return what Quay tells of one repository; it counts no pulls for ever, so none are told.

        What only the registry's login may read (a robot's, say) is told of by the registry: that it is there.
        Of a mirror's repositories Quay tells nothing.
        """
        if not self.is_told_of:
            return await super().get_repository(repository, readme=readme)
        try:
            return await get_repository(self._quay, self._rows, repository, readme=readme)
        except HiddenError as hidden:
            if self.upstream.credentials_source is None:
                raise
            return await self._told_by_registry(repository, hidden)

    async def search_users(self, query: str, *, limit: int) -> UserPage:
        """Return users and organisations whose names begin with ``query``."""
        return await search_users(self._quay, self._rows, query, limit)

    async def get_vulnerabilities(self, repository: str, digest: str) -> ScanReport:
        """Return what Clair says of one manifest, told to whoever may pull it; nothing of a mirror's."""
        if not self.is_told_of:
            raise self.unsupported("is asked at a mirror, of whose images its scanner does not tell")
        return await scan_report(self._quay, repository, digest)

    async def list_tags(self, repository: str, *, limit: int | None = None, cursor: str | None = None) -> TagPage:
        """Return one page of tags: by the API, with digest, size and date; else by the registry's own list.

        Which of the lists it is, the first page decides, for their orders differ.
        """
        if cursor is None:
            return await self._first_tags(repository, limit)
        kind, _, place = cursor.partition(":")
        if kind == _BY_API and self.is_told_of:
            return await self._tags_by_api(repository, place)
        if kind == _BY_REGISTRY:
            return await self._tags_by_registry(repository, limit, place)
        raise bad_cursor()

    async def resolve(self, repository: str, identifier: str) -> Descriptor:
        """Return media type, digest and size of what a tag or digest stands for."""
        async with explained(self._plain, repository):
            return await super().resolve(repository, identifier)

    async def get_manifest(self, repository: str, identifier: str) -> StoredManifest:
        """Return a manifest or index by tag or digest, checked over its raw bytes."""
        async with explained(self._plain, repository):
            return await super().get_manifest(repository, identifier)

    async def _told_by_registry(self, repository: str, hidden: HiddenError) -> DockerImage:
        try:
            async with explained(self._plain, repository):
                known = await super().get_repository(repository)
        except NotFoundError:
            raise hidden from None
        return known.with_warnings(f"that it is there is all that is told: {_why(hidden)}")

    async def _first_tags(self, repository: str, limit: int | None) -> TagPage:
        if not self.is_told_of:
            # What a mirror of Quay has, its own list tells.
            return await self._tags_by_registry(repository, limit, None)
        try:
            return await self._tags_by_api(repository, None)
        except _API_REFUSES as error:
            page = await self._tags_by_registry(repository, limit, None)
            told = f"the tags are told without digests, sizes and dates: {_why(error)}"
            return replace(page, warnings=(*page.warnings, told))

    async def _tags_by_api(self, repository: str, place: str | None) -> TagPage:
        found = await tag_page(self._quay, repository, place)
        return replace(found, next=f"{_BY_API}:{found.next}" if found.next else None)

    async def _tags_by_registry(self, repository: str, limit: int | None, place: str | None) -> TagPage:
        async with explained(self._plain, repository):
            found = await super().list_tags(repository, limit=limit, cursor=place)
        return replace(found, next=f"{_BY_REGISTRY}:{found.next}" if found.next else None)


def _why(refused: PortcallError) -> str:
    """Return why the API does not tell what the registry does."""
    return TOKENS if isinstance(refused, HiddenError) else refused.message


@hookimpl
def portcall_backends() -> Iterator[BackendRegistration]:
    """Offer Quay."""
    yield BackendRegistration(name="quay", factory=QuayBackend, prefixes=("quay.io",))
