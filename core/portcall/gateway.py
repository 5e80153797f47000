"""The façade: every tool is a method here, for the MCP server, the shell and Python alike."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Self, TypeVar

from portcall import arguments  # noqa: TC001 - the tools' schemas are read from the annotations
from portcall.answering import answering
from portcall.call import call_at_hand
from portcall.credentials import Keyring
from portcall.discovery.question import RepositoryQuestion
from portcall.discovery.search import list_repositories, search_images
from portcall.errors import InvalidArgumentError, NotFoundError, UnsupportedError
from portcall.images.aliases import tags_of_same_digest
from portcall.images.check import MAX_IMAGES, CheckQuestion, check_images, summed_up
from portcall.images.details import RecentDetails, image_detail
from portcall.images.missing import explain_missing
from portcall.images.stored import manifest_detail
from portcall.images.tag_search import TagQuestion, search_tags
from portcall.images.vulnerabilities import VulnerabilityQuestion, vulnerabilities
from portcall.listeners import Listeners
from portcall.loader import LoadedPlugins, load_plugins
from portcall.models import (
    Answer,
    CacheContents,
    CacheTier,
    DockerfileList,
    DockerImage,
    ImageChecks,
    ImageDetail,
    ImageList,
    ManifestDetail,
    RegistryList,
    RepositoryList,
    TagList,
    UserList,
    VulnerabilityList,
)
from portcall.platform import Platform
from portcall.recent import Recent
from portcall.reference import Prefix, parse_prefix, parse_reference, with_tag_argument
from portcall.registries import probed, route_of
from portcall.routing import FALLBACK, Router
from portcall.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from types import TracebackType

    from portcall.backend import RegistryBackend
    from portcall.http.client import HttpClient
    from portcall.http.stores import StoreInfo
    from portcall.progress import Progress
    from portcall.reference import Reference

AnswerType = TypeVar("AnswerType", bound=Answer)

#: Images whose details are kept ready: what an agent asks twice, it asks about few.
_MOST_DETAILS = 256


class Portcall:
    """One gateway to every container registry.

    >>> async with Portcall() as pc:  # doctest: +SKIP
    ...     detail = await pc.get_image_details("nginx:1.27")

    Its methods are the tools of the MCP server: same names, same arguments, same models, uncut. Each raises
    :class:`portcall.errors.PortcallError`, with ``code``, ``message`` and ``hint``.

    Args:
        settings: The configuration; read from the usual file and the environment by default.
        local: Whether the process answers to the person at this machine; only then may a loopback host
            that is written in a reference (``localhost:5000/app``) be reached without being configured.

    Raises:
        portcall.errors.ConfigurationError: The configuration cannot be used.
    """

    def __init__(self, settings: Settings | None = None, *, local: bool = True) -> None:
        self.settings = load_settings() if settings is None else settings
        self.plugins: LoadedPlugins = load_plugins(self.settings)
        self.listeners = Listeners((listener.name, listener.hook) for listener in self.plugins.listeners)
        self._default_platform = Platform.parse(self.settings.default_platform)
        self._http = _http_client(self.settings)
        self._recent_details: RecentDetails = Recent(_MOST_DETAILS)
        self.keyring = Keyring(self.settings, local=local, providers=self.plugins.credentials)
        self._router = Router(self.plugins.offers, self.settings, self._http, self.keyring, local=local)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection; whoever listens has two seconds for what has not been heard yet."""
        await self._http.aclose()
        await self.keyring.aclose()
        await self.listeners.aclose()

    async def backend(self, registry: str) -> RegistryBackend:
        """Return the backend of a registry: how a plugin's tool asks it.

        Args:
            registry: Its name, or that of a part of it: ``"quay.io"``, ``"ghcr.io/acme"``, ``"ghcr.io/acme/app"``.

        Raises:
            InvalidReferenceError: That names no registry.
            PortcallError: The registry may not be asked, or its plugin cannot be built.
        """
        backend = await self._backend_named(registry)
        call_at_hand().registry = backend.upstream.registry
        return backend

    async def cache_contents(self) -> CacheContents:
        """Return what each tier of the cache holds, and whether it can be used."""
        return CacheContents(tiers=_tiers(await self._http.replies.info()))

    async def clear_cache(self) -> CacheContents:
        """Throw away all that is kept, also for other processes that share the cache; return what is left.

        Raises:
            UnreachableError: The store could not be cleared.
        """
        await self._http.replies.clear()
        return await self.cache_contents()

    @answering
    async def list_registries(
        self, registry: arguments.RegistryArgument = "", probe: arguments.Probe = False
    ) -> RegistryList:
        """Return what each prefix routes to, its capabilities, and where its credentials come from.

        Raises:
            NotFoundError: ``registry`` has no prefix of its own, and no sign of life is asked for.
        """
        await self._router.prepare(parse_prefix(registry) if registry else None)
        routes = self._router.routes_of(registry) if registry else self._router.routes
        if registry and not routes:
            route = route_of(self._router, registry, self.plugins.offers)
            if not probe:
                backend = route.offer.registration.name
                raise NotFoundError(
                    f"no prefix {registry} is known here; its images are asked for as {backend!r}",
                    hint="Name an image of it, or probe it; list it in the configuration to give it credentials.",
                )
            routes = (route,)
        return RegistryList(
            registries=await probed(self._router, routes, probe=probe),
            failed=self.plugins.failures,
            fallback=FALLBACK,
        )

    @answering
    async def search_images(
        self,
        query: arguments.Query,
        registry: arguments.RegistriesArgument = "docker.io",
        limit: arguments.Limit = 10,
        cursor: arguments.Cursor = "",
    ) -> ImageList:
        """Return one page of the repositories that match, the best of each registry in turn."""
        question = RepositoryQuestion.of_query(query, limit, cursor)
        with self._naming_the_able("search"):
            return await search_images(await self._backends_named(registry), question)

    @answering
    async def search_users(
        self,
        query: arguments.Query,
        registry: arguments.RegistryName = "docker.io",
        limit: arguments.Limit = 10,
    ) -> UserList:
        """Return the users and organisations of a registry that match."""
        words = RepositoryQuestion.of_query(query, limit).words
        backend = await self._backend_named(registry)
        with self._naming_the_able("users"):
            found = await backend.search_users(words, limit=limit)
        registry = backend.upstream.registry
        return UserList(query=words, registry=registry, users=found.users[:limit], warnings=found.warnings)

    @answering
    async def list_repositories(
        self,
        namespace: arguments.Namespace = "",
        registry: arguments.RegistryName = "docker.io",
        limit: arguments.Limit = 25,
        cursor: arguments.Cursor = "",
    ) -> RepositoryList:
        """Return one page of a namespace's repositories; of all, where the registry lists what it has.

        Raises:
            InvalidArgumentError: The registry tells a namespace's repositories only, and none is named.
        """
        backend = await self._backend_named(registry)
        with self._naming_the_able("repositories"):
            return await list_repositories(backend, RepositoryQuestion(namespace.strip(), limit, cursor))

    @answering
    async def get_repository(
        self, image_name: arguments.ImageName, readme: arguments.Readme = False
    ) -> DockerImage:
        """Return what a registry tells of a repository: description, counts, dates; its README on demand."""
        reference = parse_reference(image_name)
        return await self._about(
            reference, lambda backend: backend.get_repository(reference.repository, readme=readme)
        )

    @answering
    async def search_tags(
        self,
        image_name: arguments.ImageName,
        tag_pattern: arguments.TagPatternArgument = "",
        order: arguments.TagOrder = "version",
        limit: arguments.Limit = 25,
        cursor: arguments.Cursor = "",
        *,
        progress: Progress | None = None,
    ) -> TagList:
        """Return one page of a repository's tags; with a tag or digest in ``image_name``, its aliases."""
        reference = parse_reference(image_name)
        question = TagQuestion(tag_pattern, order, limit, cursor)
        ask = search_tags if reference.tag is None and reference.digest is None else tags_of_same_digest
        return await self._about(reference, lambda backend: ask(backend, reference, question, progress))

    @answering
    async def get_image_details(
        self,
        image_name: arguments.ImageName,
        tag: arguments.TagArgument = "",
        platform: arguments.PlatformArgument = "",
    ) -> ImageDetail:
        """Return all that manifest and configuration tell of one image, for one platform."""
        reference = with_tag_argument(parse_reference(image_name), tag)
        wanted = _platform(platform)
        return await self._about(
            reference,
            lambda backend: image_detail(backend, reference, wanted, self._default_platform, self._recent_details),
        )

    @answering
    async def get_manifest(
        self,
        image_name: arguments.ImageName,
        tag: arguments.TagArgument = "",
        platform: arguments.PlatformArgument = "",
    ) -> ManifestDetail:
        """Return the manifest as named, or that of ``platform``; its digest was checked over the raw bytes."""
        reference = with_tag_argument(parse_reference(image_name), tag)
        wanted = _platform(platform)
        return await self._about(
            reference, lambda backend: manifest_detail(backend, reference, wanted, self._default_platform)
        )

    @answering
    async def check_images(
        self,
        images: arguments.ImageList = [],  # noqa: B006 - never changed; a tuple would make a stranger schema
        content: arguments.Content = "",
        platform: arguments.PlatformArgument = "",
        suggest_newer: arguments.SuggestNewer = False,
        *,
        progress: Progress | None = None,
    ) -> ImageChecks:
        """Return whether each image exists, by digest, and for ``platform`` where one is given."""
        from portcall.documents import FoundReference, find_references

        question = CheckQuestion(_platform(platform), suggest_newer)
        document = find_references(content) if content else None
        found = [FoundReference(text=image, line=0, via="") for image in images]
        found += document.references if document else ()
        if not found:
            raise InvalidArgumentError(
                "no image reference was given, or found in the content",
                hint="Give images, or the text of a Dockerfile, compose file or Kubernetes YAML as content.",
            )
        warnings: tuple[str, ...] = ()
        if len(found) > MAX_IMAGES:
            warnings = (f"only the first {MAX_IMAGES} of {len(found)} references were checked",)
        checks = await check_images(self._backend_for, found[:MAX_IMAGES], question, progress)
        return summed_up(checks, question.wanted, document).with_warnings(*warnings)

    @answering
    async def search_dockerfiles(
        self,
        query: arguments.Query,
        registry: arguments.RegistryName = "ghcr.io",
        limit: arguments.Limit = 10,
    ) -> DockerfileList:
        """Return Dockerfiles that match, where a registry's images have their sources."""
        words = RepositoryQuestion.of_query(query, limit).words
        backend = await self._backend_named(registry)
        with self._naming_the_able("dockerfiles"):
            found = await backend.search_dockerfiles(words, limit=limit)
        return DockerfileList(
            query=words,
            registry=backend.upstream.registry,
            dockerfiles=found.dockerfiles[:limit],
            warnings=found.warnings,
        )

    @answering
    async def get_vulnerabilities(
        self,
        image_name: arguments.ImageName,
        tag: arguments.TagArgument = "",
        platform: arguments.PlatformArgument = "",
        severity: arguments.Severity = "",
        limit: arguments.Limit = 50,
        cursor: arguments.Cursor = "",
    ) -> VulnerabilityList:
        """Return one page of what the registry's own scanner found in one image, the worst first."""
        reference = with_tag_argument(parse_reference(image_name), tag)
        question = VulnerabilityQuestion(severity, limit, cursor)
        wanted = _platform(platform)
        with self._naming_the_able("vulnerabilities"):
            return await self._about(
                reference,
                lambda backend: vulnerabilities(backend, reference, question, wanted, self._default_platform),
            )

    async def _backend_named(self, registry: str) -> RegistryBackend:
        """Return the backend of one registry by its name."""
        if registry.strip().lower() == "all" or "," in registry:
            raise InvalidArgumentError(
                "argument 'registry' takes one registry here",
                hint="Name one, like quay.io; list_registries has them.",
            )
        prefix = parse_prefix(registry.strip())
        await self._router.prepare(prefix)
        return self._router.backend_named(prefix)

    async def _backends_named(self, registries: str) -> tuple[RegistryBackend, ...]:
        """Return the backends of registries by name: one, several between commas, or all that can be searched."""
        if registries.strip().lower() == "all":
            await self._router.prepare(None)
            return self._router.able("search")
        names = [name.strip() for name in registries.split(",") if name.strip()]
        prefixes = tuple(dict.fromkeys(parse_prefix(name) for name in names))
        if not prefixes:
            raise InvalidArgumentError("argument 'registry' names none", hint="Name one, like quay.io.")
        for prefix in prefixes:
            await self._router.prepare(prefix)
        return tuple(self._router.backend_named(prefix) for prefix in prefixes)

    @contextlib.contextmanager
    def _naming_the_able(self, capability: str) -> Iterator[None]:
        """Let whoever asked a registry for what it does not have know which of them do."""
        try:
            yield
        except UnsupportedError as error:
            able = ", ".join(backend.upstream.registry for backend in self._router.able(capability))
            error.hint = f"{error.hint} Registries that have {capability}: {able or 'none'}.".strip()
            raise

    async def _backend_for(self, reference: Reference) -> RegistryBackend:
        await self._router.prepare(Prefix(reference.registry, reference.repository))
        return self._router.backend_for(reference)

    async def _about(
        self, reference: Reference, question: Callable[[RegistryBackend], Awaitable[AnswerType]]
    ) -> AnswerType:
        """Return what the reference's backend answers; where there is nothing, say what was probably meant."""
        call = call_at_hand()
        call.registry, call.reference = reference.registry, reference.familiar
        backend = await self._backend_for(reference)
        try:
            return await question(backend)
        except NotFoundError as error:
            raise await explain_missing(backend, reference, error) from error


def _tiers(tiers: Mapping[str, StoreInfo]) -> tuple[CacheTier, ...]:
    return tuple(
        CacheTier(
            name=name, where=info.where, entries=info.entries, bytes=info.bytes, problem=info.problem or None
        )
        for name, info in tiers.items()
    )


def _platform(text: str) -> Platform | None:
    return Platform.parse(text) if text.strip() else None


def _http_client(settings: Settings) -> HttpClient:
    # Late: httpx and aiohttp take a fifth of a second, which a server can spend after it has said hello.
    from portcall.http.cache import MemoryCache
    from portcall.http.client import HttpClient
    from portcall.http.policy import HostPolicy
    from portcall.http.pools import ConnectionPools
    from portcall.http.replies import ReplyCache
    from portcall.http.stores import open_seal, open_store

    network, cache, surroundings = settings.network, settings.cache, settings.surroundings
    policy = HostPolicy(network.allow_hosts, network.deny_hosts)
    pools = ConnectionPools(policy, surroundings.proxies, network.max_connections_per_host)
    store = open_store(cache.url, cache.max_bytes)
    key = surroundings.store_key
    seal = open_seal(cache.url, key.get_secret_value() if key else None) if store else None
    return HttpClient(pools, ReplyCache(MemoryCache(cache.max_bytes), store, seal), policy)
