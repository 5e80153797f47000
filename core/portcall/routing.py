"""Routing: which backend answers for a registry, and how it is reached."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from portcall.backend import BackendContext, RegistryBackend
from portcall.credentials import Login
from portcall.errors import BlockedError, ConfigurationError, InternalError, PortcallError
from portcall.guarded_backend import guard
from portcall.http.origin import Origin
from portcall.http.policy import HostPolicy
from portcall.http.pools import is_loopback_name
from portcall.http.upstream import TlsFiles, TokenService, Upstream
from portcall.isolation import LEAVING
from portcall.logs import get_logger
from portcall.near_registries import named_by, near_registries
from portcall.reference import Prefix, parse_prefix
from portcall.settings import RegistrySettings
from portcall.vendor_api import vendor_api

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from portcall.credentials import Keyring
    from portcall.http.client import HttpClient
    from portcall.loader import Offer
    from portcall.reference import Reference
    from portcall.settings import Settings

#: The backend of every registry that nobody claims.
FALLBACK = "oci"
#: Backends kept for registries that were merely named in a reference.
MOST_UNLISTED = 256

_log = get_logger("portcall.plugins")


@dataclass(frozen=True, slots=True)
class Route:
    """What one prefix leads to.

    Args:
        prefix: The routing key.
        offer: The plugin's registration that serves it.
        entry: The configuration's entries for it, merged; empty where there are none.
        configured: Whether the configuration names it.
        listed: Whether the operator named it, there or by storing credentials for it.
    """

    prefix: Prefix
    offer: Offer
    entry: RegistrySettings
    configured: bool = False
    listed: bool = False


class Router:
    """Finds the backend for a reference: the longest prefix wins, on whole path components.

    Args:
        offers: What the plugins offer.
        settings: The configuration.
        http: Given to every backend.
        keyring: Whose credentials are whose.
        local: Whether the process answers to the person at this machine (stdio, the shell); only then may
            a loopback host written in a reference be reached without being configured.

    Raises:
        ConfigurationError: An entry names a backend that no plugin offers, or needs one that is switched off.
    """

    def __init__(
        self, offers: Sequence[Offer], settings: Settings, http: HttpClient, keyring: Keyring, *, local: bool
    ) -> None:
        self._offers = tuple(offers)
        self._by_name = {offer.registration.name: offer for offer in offers}
        self._settings = settings
        self._policy = HostPolicy(settings.network.allow_hosts, settings.network.deny_hosts)
        self._http = http
        self._keyring = keyring
        self._local = local
        self._learn_routes()

    def _learn_routes(self) -> None:
        self._edition, self._stored = self._keyring.edition, self._keyring.prefixes
        self._routes = self._build_routes(self._offers, self._settings)
        whole = (route for route in self._routes.values() if not route.prefix.path)
        self._listed = frozenset(route.prefix.registry for route in whole if route.listed)
        self._by_depth = sorted(self._routes.values(), key=lambda route: -route.prefix.depth)
        self._backends: dict[Prefix, RegistryBackend] = {}
        self._unlisted: OrderedDict[Prefix, RegistryBackend] = OrderedDict()

    async def prepare(self, prefix: Prefix | None) -> None:
        """Learn what only a credentials store knows, or a file that was written meanwhile.

        Args:
            prefix: What is asked about; ``None`` for everything.
        """
        await self._keyring.load(prefix)
        if self._keyring.edition != self._edition:
            self._learn_routes()

    @property
    def routes(self) -> tuple[Route, ...]:
        """Every known prefix, in alphabetical order."""
        return tuple(sorted(self._routes.values(), key=lambda route: str(route.prefix)))

    def backend_for(self, reference: Reference, named_by: Reference | None = None) -> RegistryBackend:
        """Return the backend that answers for ``reference``.

        Args:
            reference: What is asked about.
            named_by: The image that names it, where the caller did not: its label, say. Whoever published that
                may not have this machine asked, unless the image came from there, or the operator listed it.

        Raises:
            BlockedError: The caller alone could have named the registry.
            PortcallError: The registry may not be asked, or its plugin cannot be built.
        """
        for route in self._by_depth:
            if route.prefix.covers(reference.registry, reference.repository):
                return self.backend_at(route)
        is_elsewhere = named_by is not None and named_by.registry != reference.registry
        if is_elsewhere and is_loopback_name(_host(reference.registry)):
            raise BlockedError(
                f"{reference.registry} is on this machine, and only an image names it",
                hint="Ask about that image itself, or list its registry in the configuration.",
                registry=reference.registry,
            )
        return self._unlisted_backend(Prefix(reference.registry))

    def backend_named(self, prefix: Prefix) -> RegistryBackend:
        """Return the backend of a registry, or of a namespace, by its name.

        Raises:
            PortcallError: It may not be asked, or its plugin cannot be built.
        """
        for route in self._by_depth:
            if route.prefix.covers(prefix.registry, prefix.path):
                return self.backend_at(route)
        return self._unlisted_backend(Prefix(prefix.registry))

    def able(self, capability: str) -> tuple[RegistryBackend, ...]:
        """Return the backends of whole registries that have a capability, in alphabetical order."""
        found = []
        for route in self.routes:
            if route.prefix.path:
                continue
            with contextlib.suppress(
                Exception, SystemExit
            ):  # whatever is wrong with a plugin costs its own registry
                backend = self.backend_at(route)
                if capability in backend.capabilities:
                    found.append(backend)
        return tuple(found)

    def reader_of_sources(self, host: str) -> RegistryBackend | None:
        """Return the backend that reads the source repositories of ``host``, if one does: ``"github.com"``."""
        for route in self.routes:
            # Whatever is wrong with a plugin costs its own registry.
            with contextlib.suppress(Exception, SystemExit):
                backend = self.backend_at(route)
                if host in backend.source_hosts:
                    return backend
        return None

    def backend_at(self, route: Route) -> RegistryBackend:
        """Return the backend of a known prefix.

        Raises:
            ConfigurationError: The entry cannot be used, or the plugin refuses its options.
            InternalError: The plugin cannot be built.
        """
        backend = self._backends.get(route.prefix)
        if backend is None:
            backend = self._backends[route.prefix] = self._build(route)
        return backend

    def routes_of(self, registry: str) -> tuple[Route, ...]:
        """Return the routes of a prefix as people write it, and of all that lies below it."""
        asked = parse_prefix(registry)
        return tuple(route for route in self.routes if asked.covers(route.prefix.registry, route.prefix.path))

    def near(self, registry: str) -> tuple[str, ...]:
        """Return the registries that were probably meant by one that is not known, and may be asked."""
        known = dict.fromkeys(route.prefix.registry for route in self.routes)
        may_be_any = FALLBACK in self._by_name
        return tuple(
            near
            for near in near_registries(registry, known) or named_by(registry, known)
            if (may_be_any or near in known) and self._policy.allows(near)
        )

    def _build_routes(self, offers: Sequence[Offer], settings: Settings) -> dict[Prefix, Route]:
        served = {prefix: offer for offer in offers for prefix in offer.prefixes}
        entries = {parse_prefix(key) for key in settings.registries}
        routes: dict[Prefix, Route] = {}
        for prefix in sorted(served.keys() | entries | self._stored, key=lambda prefix: prefix.depth):
            above = _longest_above(prefix, routes.values())
            entry = settings.entry_for(prefix)
            offer = self._named(prefix, entry, settings) if entry.backend else served.get(prefix)
            if offer is None:
                offer = above.offer if above else self._by_name.get(FALLBACK)
            if offer is None:
                raise _unusable(
                    settings, prefix, "names no backend, and the one for every registry is switched off"
                )
            configured = prefix in entries or (above is not None and above.configured)
            listed = configured or prefix in self._stored or (above is not None and above.listed)
            routes[prefix] = Route(prefix, offer, entry, configured, listed)
        return routes

    def _named(self, prefix: Prefix, entry: RegistrySettings, settings: Settings) -> Offer:
        offer = self._by_name.get(entry.backend or FALLBACK)
        if offer is None:
            known = sorted(self._by_name)
            reason = f"backend is none that a plugin offers; there are {', '.join(known)}"
            raise _unusable(settings, prefix, reason, get_close_matches(entry.backend or "", known))
        return offer

    def _unlisted_backend(self, prefix: Prefix) -> RegistryBackend:
        backend = self._unlisted.get(prefix)
        if backend is None:
            offer = self._by_name.get(FALLBACK)
            if offer is None:
                raise BlockedError(
                    f"the plugin that serves every other registry ({FALLBACK}) is switched off",
                    hint="Only registries with a prefix or an entry of their own can be asked: list_registries.",
                    registry=prefix.registry,
                    candidates=self.near(prefix.registry),
                )
            backend = self._build(Route(prefix, offer, RegistrySettings()))
            self._unlisted[prefix] = backend
            if len(self._unlisted) > MOST_UNLISTED:
                self._unlisted.popitem(last=False)
        self._unlisted.move_to_end(prefix)
        return backend

    def _build(self, route: Route) -> RegistryBackend:
        """Build a route's backend; the plugin's code runs here for the first time, inside a ``try``."""
        registry, plugin = route.prefix.registry, route.offer.source.qualified
        try:
            upstream = self._upstream(route)
            api = vendor_api(route, upstream, self._http, self._keyring)
            context = BackendContext(upstream, self._http, api, route.entry.options)
            return guard(_backend(route.offer.registration.factory(context)), plugin)
        except PortcallError as error:
            error.registry = error.registry or registry
            raise
        except LEAVING:
            raise
        except BaseException as error:
            _log.exception("backend_failed", plugin=plugin, prefix=str(route.prefix))
            raise InternalError(
                f"the plugin {plugin} cannot serve {route.prefix}: {type(error).__name__}",
                hint="The log holds the details; the plugin's author should know.",
                registry=registry,
            ) from error

    def _upstream(self, route: Route) -> Upstream:
        entry, registry = route.entry, route.prefix.registry
        declared, token_service = _declared(route)
        loopback = not (entry.endpoint or declared) and self._local and is_loopback_name(_host(registry))
        # A loopback registry speaks plain http unless the configuration says otherwise, if only by its TLS files.
        plain = loopback and not (entry.ca_file or entry.client_cert)
        endpoint = entry.endpoint or declared or f"{'http' if plain else 'https'}://{registry}"
        origin = Origin.of(endpoint)
        if origin is None:
            raise ConfigurationError(
                f"the endpoint of {route.prefix} is no http(s) URL",
                hint=f'Write endpoint = "https://…" under [registries."{route.prefix}"].',
            )
        login, withheld = self._login(route, origin, declared)
        shows_certificate = self._keyring.may_use(entry) and not login.is_callers
        near = () if route.prefix in self._routes else self.near(registry)
        return Upstream(
            registry=registry,
            endpoint=endpoint,
            credentials=login.credentials,
            source=login.source,
            withheld=withheld,
            listed=route.listed,
            auth_hosts=frozenset(entry.auth_hosts),
            # An endpoint elsewhere (a mirror, a self-hosted twin) has a token service of its own.
            token_service=token_service if endpoint == declared else None,
            exempt=frozenset({origin}) if route.listed or loopback else frozenset(),
            meters_pulls=route.offer.registration.attribute("meters_pulls"),
            tls=TlsFiles(entry.ca_file, entry.client_cert, entry.client_key)
            if shows_certificate
            else TlsFiles(entry.ca_file),
            near=near,
            listed_near=self._listed.intersection(near),
            login_by="caller" if login.is_callers else "here" if self._local else "operator",
        )

    def _login(self, route: Route, origin: Origin, declared: str | None) -> tuple[Login, str]:
        """Return how a registry gets its credentials, or why it is not shown those that are stored for it.

        What somebody stored for ``ghcr.io`` is no business of a mirror that the configuration puts in its
        place, unless it names the user.
        """
        login = self._keyring.login_for(route.prefix, route.entry) or Login()
        if login == Login():
            withheld = self._keyring.withheld(route.prefix, route.entry)
            return login, withheld or self._keyring.unasked(route.prefix)
        is_declared = origin == Origin.of(declared or "")
        if login.is_callers:
            # No entry names the caller: of other places, those that the operator says may see such logins do.
            is_home = origin == Origin.of(f"https://{route.prefix.registry}")
            named = is_declared or is_home or any(origin.is_named_by(host) for host in route.entry.auth_hosts)
        else:
            is_home = origin.host == _host(route.prefix.registry)
            named = is_declared or is_home or bool(route.entry.username)
        if named:
            return login, ""
        unless = "auth_hosts names it" if login.is_callers else "its entry names the username"
        return Login(), (
            f"the login stored for {route.prefix} is not shown to {origin.netloc}, which is configured as its "
            f"endpoint, unless {unless}"
        )


def _backend(made: object) -> RegistryBackend:
    if not isinstance(made, RegistryBackend):
        raise TypeError(f"the factory makes a {type(made).__name__} where a RegistryBackend is due")
    return made


def _declared(route: Route) -> tuple[str | None, TokenService | None]:
    """Return the endpoint and the token service that the plugin declares for this very registry.

    They hold for the registries that are its own. Another one that is asked in the same way (a GitHub
    Enterprise server by ``backend = "ghcr"``) is at its own name: its credentials are none of ghcr.io's.

    Raises:
        ConfigurationError: The endpoint is plain http, which only the configuration may choose.
    """
    registration = route.offer.registration
    endpoint: str | None = registration.attribute("endpoint")
    if endpoint is None or not route.offer.is_at_home(route.prefix.registry):
        return None, None
    if not endpoint.startswith("https://") and route.entry.endpoint is None:
        raise ConfigurationError(
            f"the plugin {route.offer.source.qualified} would ask {route.prefix} by plain http",
            hint=f'If that is wanted, write endpoint under [registries."{route.prefix}"].',
        )
    return endpoint.rstrip("/"), registration.attribute("token_service")


def _unusable(
    settings: Settings, prefix: Prefix, reason: str, candidates: Sequence[str] = ()
) -> ConfigurationError:
    read_from = settings.surroundings.registries_from
    source = f"{read_from}: " if read_from else ""
    return ConfigurationError(
        f'{source}registries."{prefix}": {reason}',
        hint=f"{'Did you mean one of the candidates? ' if candidates else ''}"
        "Is its plugin installed, and loaded? See portcall plugins.",
        candidates=candidates,
    )


def _longest_above(prefix: Prefix, routes: Iterable[Route]) -> Route | None:
    """Return the route of the longest prefix that covers ``prefix`` and is not itself."""
    above = [
        route for route in routes if route.prefix != prefix and route.prefix.covers(prefix.registry, prefix.path)
    ]
    return max(above, key=lambda route: route.prefix.depth, default=None)


def _host(registry: str) -> str:
    """Return a registry's host without its port and brackets."""
    if registry.startswith("["):
        return registry[1:].partition("]")[0]
    return registry.partition(":")[0]
