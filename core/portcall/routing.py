"""Routing: which backend answers for a registry, and how it is reached."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.backend import BackendContext, RegistryBackend
from portcall.errors import BlockedError, ConfigurationError, InternalError, PortcallError
from portcall.http.origin import Origin
from portcall.http.pools import is_loopback_name
from portcall.http.upstream import Credentials, TlsFiles, TokenService, Upstream
from portcall.reference import Prefix, parse_prefix
from portcall.settings import RegistrySettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.http.client import HttpClient
    from portcall.loader import Offer
    from portcall.reference import Reference
    from portcall.settings import Settings

#: The backend of every registry that nobody claims.
FALLBACK = "oci"
#: Backends kept for registries that were merely named in a reference.
_MOST_UNLISTED = 256


@dataclass(frozen=True, slots=True)
class Route:
    """What one prefix leads to.

    Args:
        prefix: The routing key.
        offer: The plugin's registration that serves it.
        entry: The configuration's entries for it, merged; empty where there are none.
        listed: Whether the operator named it.
    """

    prefix: Prefix
    offer: Offer
    entry: RegistrySettings
    listed: bool


class Router:
    """Finds the backend for a reference: the longest prefix wins, on whole path components.

    Args:
        offers: What the plugins offer.
        settings: The configuration.
        http: Given to every backend.
        local: Whether the process answers to the person at this machine (stdio, the shell); only then may
            a loopback host written in a reference be reached without being configured.

    Raises:
        ConfigurationError: An entry names a backend that no plugin offers.
    """

    def __init__(self, offers: Sequence[Offer], settings: Settings, http: HttpClient, *, local: bool) -> None:
        self._by_name = {offer.registration.name: offer for offer in offers}
        self._http = http
        self._local = local
        self._routes = self._build_routes(offers, settings)
        self._by_depth = sorted(self._routes.values(), key=lambda route: -route.prefix.depth)
        self._backends: dict[Prefix, RegistryBackend] = {}
        self._unlisted: OrderedDict[Prefix, RegistryBackend] = OrderedDict()

    @property
    def routes(self) -> tuple[Route, ...]:
        """Every known prefix, in alphabetical order."""
        return tuple(sorted(self._routes.values(), key=lambda route: str(route.prefix)))

    def backend_for(self, reference: Reference) -> RegistryBackend:
        """Return the backend that answers for ``reference``.

        Raises:
            PortcallError: The registry may not be asked, or its plugin cannot be built.
        """
        for route in self._by_depth:
            if route.prefix.covers(reference.registry, reference.repository):
                return self.backend_at(route)
        return self._unlisted_backend(parse_prefix(reference.registry))

    def backend_at(self, route: Route) -> RegistryBackend:
        """Return the backend of a known prefix.

        Raises:
            ConfigurationError: The plugin refuses the entry's options.
            InternalError: The plugin cannot be built.
        """
        backend = self._backends.get(route.prefix)
        if backend is None:
            backend = _build(route, self._upstream(route), self._http)
            self._backends[route.prefix] = backend
        return backend

    def route_to(self, registry: str) -> Route | None:
        """Return the route of a prefix as people write it, or ``None`` where nothing is known of it."""
        return self._routes.get(parse_prefix(registry))

    def _build_routes(self, offers: Sequence[Offer], settings: Settings) -> dict[Prefix, Route]:
        served = {prefix: offer for offer in offers for prefix in offer.prefixes}
        entries = {parse_prefix(key): entry for key, entry in settings.registries.items()}
        routes: dict[Prefix, Route] = {}
        for prefix in sorted(served.keys() | entries.keys(), key=lambda prefix: prefix.depth):
            above = _longest_above(prefix, routes)
            entry = entries.get(prefix, RegistrySettings())
            if above is not None:
                entry = entry.inheriting(above.entry)
            offer = self._offer(prefix, entry) if entry.backend else served.get(prefix)
            if offer is None:
                offer = above.offer if above else self._fallback()
            listed = prefix in entries or (above is not None and above.listed)
            routes[prefix] = Route(prefix, offer, entry, listed)
        return routes

    def _offer(self, prefix: Prefix, entry: RegistrySettings) -> Offer:
        offer = self._by_name.get(entry.backend or FALLBACK)
        if offer is None:
            known = ", ".join(sorted(self._by_name))
            raise ConfigurationError(
                f'registries."{prefix}".backend: no plugin offers {entry.backend!r}',
                hint=f"There are: {known}. Is its plugin installed, and loaded? See portcall plugins.",
            )
        return offer

    def _fallback(self) -> Offer:
        offer = self._by_name.get(FALLBACK)
        if offer is None:
            raise BlockedError(
                f"the plugin that serves every other registry ({FALLBACK}) is switched off",
                hint="Only registries with a prefix or an entry of their own can be asked.",
            )
        return offer

    def _unlisted_backend(self, prefix: Prefix) -> RegistryBackend:
        backend = self._unlisted.get(prefix)
        if backend is None:
            route = Route(prefix, self._fallback(), RegistrySettings(), listed=False)
            backend = _build(route, self._upstream(route), self._http)
            self._unlisted[prefix] = backend
            if len(self._unlisted) > _MOST_UNLISTED:
                self._unlisted.popitem(last=False)
        self._unlisted.move_to_end(prefix)
        return backend

    def _upstream(self, route: Route) -> Upstream:
        entry, registration = route.entry, route.offer.registration
        registry = route.prefix.registry
        endpoint: str | None = entry.endpoint or registration.attribute("endpoint")
        loopback = endpoint is None and self._local and is_loopback_name(_host(registry))
        if endpoint is None:
            # A loopback registry speaks plain http unless the configuration says otherwise.
            endpoint = f"{'http' if loopback else 'https'}://{registry}"
        origin = Origin.of(endpoint)
        if origin is None:
            raise ConfigurationError(f'registries."{route.prefix}".endpoint is no http(s) URL')
        token_service: TokenService | None = registration.attribute("token_service")
        return Upstream(
            registry=registry,
            endpoint=endpoint,
            credentials=_credentials(entry),
            listed=route.listed,
            auth_hosts=frozenset(entry.auth_hosts),
            # An endpoint elsewhere (a mirror, a self-hosted twin) has a token service of its own.
            token_service=token_service if endpoint == registration.attribute("endpoint") else None,
            exempt=frozenset({origin}) if route.listed or loopback else frozenset(),
            tls=TlsFiles(entry.ca_file, entry.client_cert, entry.client_key),
        )


def _build(route: Route, upstream: Upstream, http: HttpClient) -> RegistryBackend:
    context = BackendContext(upstream, http, route.entry.options)
    try:
        backend = route.offer.registration.factory(context)
    except PortcallError:
        raise
    except Exception as error:
        raise InternalError(
            f"the plugin {route.offer.source.qualified} cannot serve {route.prefix}: {type(error).__name__}",
            hint="The log holds the details; the plugin's author should know.",
            registry=route.prefix.registry,
        ) from error
    return backend


def _longest_above(prefix: Prefix, routes: dict[Prefix, Route]) -> Route | None:
    """Return the route of the longest prefix that covers ``prefix`` and is not itself."""
    above = [
        route for other, route in routes.items() if other != prefix and other.covers(prefix.registry, prefix.path)
    ]
    return max(above, key=lambda route: route.prefix.depth, default=None)


def _credentials(entry: RegistrySettings) -> Credentials | None:
    if not entry.username or entry.password is None:
        return None
    return Credentials(entry.username, entry.password.get_secret_value(), "configuration")


def _host(registry: str) -> str:
    """Return a registry's host without its port and brackets."""
    if registry.startswith("["):
        return registry[1:].partition("]")[0]
    return registry.partition(":")[0]
