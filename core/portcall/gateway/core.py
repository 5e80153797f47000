"""What every tool needs: backends by name and by reference, images opened, the missing explained."""

from __future__ import annotations

import contextlib
import copy
from functools import cached_property
from typing import TYPE_CHECKING, Self, TypeVar

from portcall.call import call_at_hand, calling
from portcall.credentials import Keyring
from portcall.deadline import deadline
from portcall.errors import InvalidArgumentError, InvalidReferenceError, PortcallError, UnsupportedError
from portcall.images.details import RecentDetails
from portcall.images.missing import explaining
from portcall.images.opened import open_image
from portcall.listeners import Listeners
from portcall.loader import LoadedPlugins, load_plugins
from portcall.models import Answer, CacheContents, CacheTier
from portcall.near_registries import did_you_mean
from portcall.platform import Platform
from portcall.recent import Recent
from portcall.reference import Prefix, parse_prefix, parse_reference, with_tag_argument
from portcall.routing import Router
from portcall.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from types import TracebackType

    from opentelemetry.trace import TracerProvider

    from portcall.backend import RegistryBackend
    from portcall.caller import Caller
    from portcall.http.client import HttpClient
    from portcall.http.stores import StoreInfo
    from portcall.images.layers import LayerShelf
    from portcall.images.opened import OpenedImage
    from portcall.reference import Reference

AnswerType = TypeVar("AnswerType", bound=Answer)
Answered = TypeVar("Answered")

#: Images whose details are kept ready: what an agent asks twice, it asks about few.
_MOST_DETAILS = 256


class Gateway:
    """What the tools ask with: the configuration, plugins, credentials and connections of one gateway.

    Args:
        settings: The configuration; read from the usual file and the environment by default.
        local: Whether the process answers to the person at this machine; only then may a loopback host
            that is written in a reference (``localhost:5000/app``) be reached without being configured.
        tracer_provider: Where spans of requests to registries go; by default to OpenTelemetry's own, if any.

    Raises:
        portcall.errors.ConfigurationError: The configuration cannot be used.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        local: bool = True,
        tracer_provider: TracerProvider | None = None,
    ) -> None:
        self.settings = load_settings() if settings is None else settings
        self.plugins: LoadedPlugins = load_plugins(self.settings)
        self.listeners = Listeners((listener.name, listener.hook) for listener in self.plugins.listeners)
        self._default_platform = Platform.parse(self.settings.default_platform)
        self._http = _http_client(self.settings, tracer_provider)
        self._recent_details: RecentDetails = Recent(_MOST_DETAILS)
        self.keyring = Keyring(self.settings, local=local, providers=self.plugins.credentials)
        self._router = Router(self.plugins.offers, self.settings, self._http, self.keyring, local=local)
        self.caller: Caller | None = None
        self._whole: Self | None = None

    def seen_by(self, caller: Caller) -> Self:
        """Return this gateway as ``caller`` has it: with their own logins, over the same connections.

        All that is kept is kept by who asked: replies, details, what was learnt of layers. It is closed with this
        one, and needs no closing of its own.
        """
        view = copy.copy(self)
        view.caller, view._whole = caller, self  # noqa: SLF001 - its own copy
        if caller.logins:
            view.keyring = Keyring(self.settings, local=False, own=caller.logins)
            view._router = Router(  # noqa: SLF001
                self.plugins.offers, self.settings, self._http, view.keyring, local=False
            )
        return view

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection; whoever listens has two seconds for what has not been heard yet."""
        if "_layers" in self.__dict__:
            await self._layers.aclose()
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

    def withheld(self, registry: str) -> str:
        """Return why this caller's login is not shown to a registry, or to its API; empty where it is."""
        backend = self._router.backend_named(parse_prefix(registry))
        if backend.upstream.withheld:
            return backend.upstream.withheld
        if backend.api is not None and backend.api.upstream.credentials is None:
            return f"logins are not shown to the API of {registry}, which is configured elsewhere"
        return ""

    async def digest_now(self, image_name: str) -> str:
        """Return the digest that an image has now: its registry is asked, whatever is kept of it.

        Raises:
            NotFoundError: There is no such image, or none that this caller may see.
            PortcallError: It cannot be told.
        """
        reference = parse_reference(image_name)
        with calling("digest_now", self.caller.identity if self.caller else "") as call:
            call.is_fresh = True
            async with deadline(self.settings.network.timeout):
                backend = await self._backend_for(reference)
                return (await backend.resolve(reference.repository, reference.identifier)).digest

    def outdate(self, image_name: str) -> None:
        """Believe nothing that this process keeps of what a tag stands for, whoever asked: it has moved."""
        reference = parse_reference(image_name)
        path = f"/v2/{reference.repository}/manifests/{reference.identifier}"
        self._http.replies.outdate(reference.registry, path)

    def knows(self, image_name: str) -> bool:
        """Tell whether an image's registry has a prefix: the operator listed it, or a plugin serves it."""
        reference = parse_reference(image_name)
        routes = self._router.routes
        return any(route.prefix.covers(reference.registry, reference.repository) for route in routes)

    @property
    def known_registries(self) -> tuple[str, ...]:
        """The registries that have a prefix, in alphabetical order."""
        return tuple(dict.fromkeys(route.prefix.registry for route in self._router.routes))

    async def cache_problem(self) -> str:
        """Return what is wrong with the cache beyond this process, having asked it; empty where nothing is."""
        return await self._http.replies.check()

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

    @cached_property
    def _layers(self) -> LayerShelf:
        if self._whole is not None:
            return self._whole._layers  # noqa: SLF001 - what is on the shelf is named by who asked
        # Late: most servers' calls never look into a layer.
        from portcall.images.layers import LayerShelf

        return LayerShelf(self._http, self.settings.limits)

    async def _inside(
        self,
        image_name: str,
        tag: str,
        platform: str,
        question: Callable[[OpenedImage], Awaitable[AnswerType]],
    ) -> AnswerType:
        """Return what is answered of one platform's image."""
        reference = with_tag_argument(parse_reference(image_name), tag)
        wanted = platform_argument(platform)

        image = await self._about(
            reference, lambda backend: open_image(backend, reference, wanted, self._default_platform)
        )
        # What is missing inside an image is no tag that was mistyped.
        return (await question(image)).with_warnings(*image.warnings)

    async def _backend_named(self, registry: str) -> RegistryBackend:
        """Return the backend of one registry by its name."""
        if registry.strip().lower() == "all" or "," in registry:
            raise InvalidArgumentError(
                "the argument `registry` takes one registry here",
                hint="Name one, like quay.io; list_registries has them.",
            )
        prefix = self._prefix(registry.strip())
        await self._router.prepare(prefix)
        return self._router.backend_named(prefix)

    def _prefix(self, registry: str) -> Prefix:
        """Return the prefix that an argument names.

        Raises:
            InvalidReferenceError: It names none; the candidate is what people call so.
        """
        try:
            return parse_prefix(registry)
        except InvalidReferenceError as error:
            near = self._router.near(registry.lower())
            if near:
                error.candidates, error.hint = near, f"Did you mean `{near[0]}`? {error.hint}"
            raise

    async def _backends_named(self, registries: str) -> tuple[RegistryBackend, ...]:
        """Return the backends of registries by name: one, several between commas, or all that can be searched."""
        if registries.strip().lower() == "all":
            await self._router.prepare(None)
            return self._router.able("search")
        names = [name.strip() for name in registries.split(",") if name.strip()]
        prefixes = tuple(dict.fromkeys(self._prefix(name) for name in names))
        if not prefixes:
            raise InvalidArgumentError("the argument `registry` names none", hint="Name one, like quay.io.")
        for prefix in prefixes:
            await self._router.prepare(prefix)
        return tuple(self._router.backend_named(prefix) for prefix in prefixes)

    @contextlib.contextmanager
    def _naming_the_able(self, capability: str) -> Iterator[None]:
        """Let whoever asked a registry for what it does not have know which of them do, or which one was meant."""
        try:
            yield
        except PortcallError as error:
            near = self._router.near(error.registry) if error.registry and not error.candidates else ()
            if near:
                error.candidates = near
                error.hint = f"{error.hint} {did_you_mean(str(error.registry), near)}".strip()
            elif isinstance(error, UnsupportedError) and not error.candidates:
                able = ", ".join(backend.upstream.registry for backend in self._router.able(capability))
                error.hint = f"{error.hint} Registries that have {capability}: {able or 'none'}.".strip()
            raise

    async def _backend_for(self, reference: Reference, named_by: Reference | None = None) -> RegistryBackend:
        await self._router.prepare(Prefix(reference.registry, reference.repository))
        return self._router.backend_for(reference, named_by)

    def _on_the_word_of(self, image: Reference) -> Callable[[Reference], Awaitable[RegistryBackend]]:
        """Return whom to ask for what an image names: its publisher's word opens less than the caller's."""
        return lambda reference: self._backend_for(reference, image)

    async def _about(
        self, reference: Reference, question: Callable[[RegistryBackend], Awaitable[Answered]]
    ) -> Answered:
        """Return what the reference's backend answers; where there is nothing, say what was probably meant."""
        call = call_at_hand()
        call.registry, call.reference = reference.registry, reference.familiar
        backend = await self._backend_for(reference)
        async with explaining(backend, reference):
            return await question(backend)


def _tiers(tiers: Mapping[str, StoreInfo]) -> tuple[CacheTier, ...]:
    return tuple(
        CacheTier(
            name=name, where=info.where, entries=info.entries, bytes=info.bytes, problem=info.problem or None
        )
        for name, info in tiers.items()
    )


def platform_argument(text: str) -> Platform | None:
    """Return the platform that was asked for, if one was."""
    return Platform.parse(text) if text.strip() else None


def _http_client(settings: Settings, tracer_provider: TracerProvider | None) -> HttpClient:
    # Late: httpx and aiohttp take a fifth of a second, which a server can spend after it has said hello.
    from portcall.http.cache import MemoryCache
    from portcall.http.client import HttpClient
    from portcall.http.policy import HostPolicy
    from portcall.http.pools import ConnectionPools
    from portcall.http.replies import ReplyCache
    from portcall.http.stores import open_seal, open_store
    from portcall.http.tracing import UpstreamTraces

    network, cache, surroundings = settings.network, settings.cache, settings.surroundings
    policy = HostPolicy(network.allow_hosts, network.deny_hosts)
    pools = ConnectionPools(policy, surroundings.proxies, network.max_connections_per_host)
    store = open_store(cache.url, cache.max_bytes)
    key = surroundings.store_key
    seal = open_seal(cache.url, key.get_secret_value() if key else None) if store else None
    traces = UpstreamTraces(tracer_provider)
    return HttpClient(pools, ReplyCache(MemoryCache(cache.max_bytes), store, seal), policy, traces=traces)
