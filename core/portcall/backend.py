"""Backends: how one kind of registry is asked.

:class:`RegistryBackend` speaks the distribution protocol for every capability. A plugin for another
registry is a subclass with a name, an endpoint, and the few methods where that registry knows more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from portcall.errors import UnsupportedError
from portcall.models import DockerImage, Tag
from portcall.oci.distribution import Distribution
from portcall.oci.problem import not_a_registry, refusal
from portcall.pages import TagPage
from portcall.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from portcall.api import ApiClient
    from portcall.http.client import HttpClient
    from portcall.http.stream import BlobStream
    from portcall.http.upstream import TokenService, Upstream
    from portcall.models import DockerfileInfo
    from portcall.oci.descriptor import Descriptor
    from portcall.oci.manifest import StoredManifest
    from portcall.pages import DockerfilePage, RepositoryPage, ScanReport, UserPage


@dataclass(frozen=True, slots=True)
class BackendContext:
    """What a backend is built from.

    Args:
        upstream: The registry to ask: endpoint, credentials, exemptions.
        http: The one HTTP client.
        api: The vendor's own API, where the plugin declares one, or the configuration names one; with the
            credentials that are its own, else those of the registry where it is the registry's own.
        options: The entry's ``options`` table, for the plugin to validate.
    """

    upstream: Upstream
    http: HttpClient
    api: ApiClient | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


class RegistryBackend:
    """One registry, asked by the distribution protocol alone: what every other backend builds on.

    Every method is for one ``repository``, the path without host (``"library/redis"``), and raises
    :class:`portcall.errors.PortcallError`: ``NotFoundError`` for what is missing or hidden,
    ``RateLimitedError``, ``UnreachableError`` and the rest of the tree.

    Args:
        context: Upstream, HTTP client, and the entry's options.

    Raises:
        portcall.errors.ConfigurationError: From a subclass, for options that it does not understand.
    """

    endpoint: ClassVar[str | None] = None
    """The distribution API's base URL; ``https://`` and the registry's name where it is ``None``."""
    api_endpoint: ClassVar[str | None] = None
    """The base URL of the vendor's API for the registries that are the plugin's own, if it is elsewhere."""
    api_on_registry: ClassVar[bool] = False
    """Whether the vendor's API is on the registry's own endpoint, where neither ``api_endpoint`` nor the
    configuration's ``api`` says otherwise."""
    token_service: ClassVar[TokenService | None] = None
    """Where tokens come from, if known beforehand: asked first, it saves the first 401."""
    meters_pulls: ClassVar[bool] = False
    """Whether a GET of a manifest counts against an allowance, as on Docker Hub."""
    tags_page_size: ClassVar[int | None] = 1000
    """Tags to ask for at once; ``None`` where the registry tells all in one answer unless asked for less."""
    lists_everything: ClassVar[bool] = False
    """Whether ``list_repositories`` takes an empty namespace, for all that the registry has."""

    #: Capabilities that every registry has by the distribution protocol.
    _by_protocol: ClassVar[tuple[str, ...]] = ("tags", "manifests", "details", "repository")
    #: Capabilities that a registry has where its backend implements the method.
    _by_method: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "search": "search",
            "repositories": "list_repositories",
            "users": "search_users",
            "dockerfiles": "search_dockerfiles",
            "vulnerabilities": "get_vulnerabilities",
        }
    )

    def __init__(self, context: BackendContext) -> None:
        self.upstream = context.upstream
        self.http = context.http
        self.api = context.api
        self.options = context.options
        self.distribution = Distribution(context.http, context.upstream)

    @property
    def source_hosts(self) -> tuple[str, ...]:
        """Hosts of source code whose files ``get_source_dockerfile`` reads: ``("github.com",)``."""
        return ()

    @property
    def is_told_of(self) -> bool:
        """Whether the API tells of the very registry that is asked: not, where that is a mirror alone."""
        if self.api is None:
            return False
        api, home = self.api.upstream, self.endpoint or f"https://{self.upstream.registry}"
        is_home = self.upstream.endpoint == home or self.upstream.origin == api.origin
        return is_home or api.endpoint != self.api_endpoint

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What this registry can be asked, for ``list_registries``: without its API, what every registry can."""
        if self.api is None and (self.api_endpoint or self.api_on_registry):
            return self._by_protocol
        own = [
            capability
            for capability, method in self._by_method.items()
            if getattr(type(self), method) is not getattr(RegistryBackend, method)
        ]
        return (*self._by_protocol, *own)

    async def resolve(self, repository: str, identifier: str) -> Descriptor:
        """Return media type, digest and size of what a tag or digest stands for; not metered."""
        return await self.distribution.resolve(repository, identifier)

    async def get_manifest(self, repository: str, identifier: str) -> StoredManifest:
        """Return a manifest or index by tag or digest, checked over its raw bytes."""
        return await self.distribution.manifest(repository, identifier)

    async def get_blob(self, repository: str, descriptor: Descriptor) -> bytes:
        """Return a small blob (a configuration, an attestation), its digest checked."""
        return await self.distribution.blob(repository, descriptor)

    async def open_blob(
        self, repository: str, descriptor: Descriptor, *, start: int = 0, length: int | None = None
    ) -> BlobStream:
        """Return a blob of any size, or a part of it, as it arrives: a layer, say. Its digest is not checked.

        Args:
            repository: Path without host, e.g. ``"library/redis"``.
            descriptor: What the manifest says of it.
            start: First byte wanted, of the blob as it is stored.
            length: Bytes wanted; all the rest by default.

        Returns:
            A stream whose ``start`` is 0 where the registry sends whole blobs, whatever is asked for.
        """
        return await self.distribution.open_blob(repository, descriptor, start=start, length=length)

    async def list_tags(self, repository: str, *, limit: int | None = None, cursor: str | None = None) -> TagPage:
        """Return one page of tags, in the registry's own order.

        Args:
            repository: Path without host, e.g. ``"library/redis"``.
            limit: Most tags wanted; registries may return fewer, and some ignore it.
            cursor: ``next`` of the page before.

        Source: OCI distribution specification, "Listing Tags".
        """
        page = await self.distribution.tags(repository, limit or self.tags_page_size, cursor)
        return TagPage(tuple(Tag(name=name) for name in page.names), page.next, page.problem)

    async def search(self, query: str, *, limit: int, cursor: str | None = None) -> RepositoryPage:
        """Return one page of the repositories that match, best first.

        Args:
            query: What people type, not empty.
            limit: Most repositories wanted, 1-1000; a page may have fewer, or more.
            cursor: ``next`` of the page before.

        Raises:
            UnsupportedError: This registry cannot be searched.
        """
        raise self.unsupported("searches nothing")

    async def list_repositories(self, namespace: str, *, limit: int, cursor: str | None = None) -> RepositoryPage:
        """Return one page of a namespace's repositories.

        Args:
            namespace: A user's or organisation's name: ``"grafana"``; empty only where
                :attr:`lists_everything`.
            limit: Most repositories wanted, 1-1000; a page may have fewer, or more.
            cursor: ``next`` of the page before.

        Raises:
            NotFoundError: There is no such namespace.
            UnsupportedError: This registry does not tell.
        """
        raise self.unsupported("lists no repositories")

    async def get_repository(self, repository: str, *, readme: bool = False) -> DockerImage:
        """Return what the registry tells of one repository: by the distribution protocol, that there is one.

        Args:
            repository: Path without host.
            readme: Whether its long description is wanted, too.

        Raises:
            NotFoundError: There is no such repository, or it is hidden.
        """
        await self.distribution.tags(repository, 1)
        reference = Reference(self.upstream.registry, repository)
        return DockerImage(
            name=reference.familiar_name,
            registry=self.upstream.registry,
            reference=reference.name,
            web_url=self.web_url(repository),
        )

    async def search_users(self, query: str, *, limit: int) -> UserPage:
        """Return the users and organisations that match, the best first.

        Args:
            query: What people type, not empty.
            limit: Most accounts wanted, 1-1000.

        Raises:
            UnsupportedError: This registry does not tell.
        """
        raise self.unsupported("tells of no users")

    async def suggest_repositories(self, repository: str) -> tuple[str, ...]:
        """Return what was probably meant by the path of a repository that is not there, the likeliest first.

        Paths alone that the registry vouches for, official or of a verified publisher: a name that anybody may
        have registered is never suggested. None where the registry vouches for none, or cannot be asked.

        Args:
            repository: Path without host: ``"library/ngnix"``.
        """
        return ()

    async def get_vulnerabilities(self, repository: str, digest: str) -> ScanReport:
        """Return what the registry's own scanner says of one manifest.

        Args:
            repository: Path without host.
            digest: Of a platform's manifest; of an index, no scanner knows anything.

        Raises:
            NotFoundError: There is no such manifest, or it is hidden.
            UnsupportedError: This registry scans nothing, or does not tell.
        """
        raise self.unsupported("has no scanner that could be asked")

    async def search_dockerfiles(self, query: str, *, limit: int) -> DockerfilePage:
        """Return Dockerfiles that match, the best first.

        Args:
            query: What people type, not empty.
            limit: Most Dockerfiles wanted, 1-1000.

        Raises:
            UnsupportedError: This registry knows no sources.
        """
        raise self.unsupported("searches no Dockerfiles")

    async def get_source_dockerfile(
        self, source: str, *, revision: str | None = None, path: str | None = None
    ) -> DockerfileInfo:
        """Return the Dockerfile of a source repository at one of :attr:`source_hosts`.

        Args:
            source: Its address, as images' labels have it: ``"https://github.com/acme/app"``.
            revision: Commit, tag or branch; the default branch without it.
            path: Where the Dockerfile is; the likeliest one without it.

        Raises:
            NotFoundError: No such repository, revision or file, or it is hidden.
            UnsupportedError: The backend reads no sources, or not from there.
        """
        raise self.unsupported("reads no source repositories")

    async def account(self) -> str:
        """Return the name of the account that the credentials are for, having asked whether they are good.

        Raises:
            UnauthorizedError: They were refused, or there are none.
            UnsupportedError: This registry has no way to tell.
        """
        raise self.unsupported("tells nobody whose credentials are good")

    def unsupported(self, what: str) -> UnsupportedError:
        """Return the error for what this registry cannot do: ``what`` is a clause, ``"searches nothing"``."""
        return UnsupportedError(
            f"{self.upstream.registry} {what}",
            hint=f"It has {', '.join(self.capabilities)}; list_registries tells what others have.",
            registry=self.upstream.registry,
        )

    async def probe(self) -> None:
        """Ask the registry for a sign of life; return where it gave one.

        Raises:
            PortcallError: It did not answer, or not as a registry does.
        """
        reply = await self.distribution.ping()
        if not reply.ok and reply.status != 401:
            raise refusal(reply, self.upstream, "distribution API at /v2/")
        if not reply.is_registry:
            raise not_a_registry(self.upstream)

    def web_url(self, repository: str) -> str | None:
        """Return the page where a person reads about ``repository``, if the registry has such pages."""
        return None


@dataclass(frozen=True, slots=True)
class BackendRegistration:
    """What a plugin offers: a kind of registry, by name, and the prefixes that it serves unasked.

    Args:
        name: What ``backend = "…"`` in the configuration calls it: ``"harbor"``.
        factory: Builds the backend for one registry; usually the class itself.
        prefixes: Registries or namespaces that are its own: ``("ghcr.io",)``; none for a registry that
            is always self-hosted.
    """

    name: str
    factory: Callable[[BackendContext], RegistryBackend]
    prefixes: tuple[str, ...] = ()

    def attribute(self, name: str) -> Any:
        """Return a class attribute of the backend, where the factory is a class; else the default."""
        return getattr(self.factory, name, getattr(RegistryBackend, name))
