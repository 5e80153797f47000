"""Where a registry's vendor has its own API, and whose credentials it is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from portcall.api import ApiClient
from portcall.errors import ConfigurationError
from portcall.http.origin import Origin
from portcall.http.upstream import TlsFiles

if TYPE_CHECKING:
    from portcall.credentials import Keyring
    from portcall.http.client import HttpClient
    from portcall.http.upstream import Upstream
    from portcall.routing import Route


def vendor_api(route: Route, upstream: Upstream, http: HttpClient, keyring: Keyring) -> ApiClient | None:
    """Return the API of a route: the configuration's, the plugin's, or the one on the registry itself.

    Args:
        route: What leads there.
        upstream: The registry, with its own credentials.
        http: The one HTTP client.
        keyring: Has the credentials that are for APIs alone.

    Raises:
        ConfigurationError: It is at no http(s) URL.
    """
    endpoint = _endpoint(route, upstream)
    if endpoint is None:
        return None
    origin = Origin.of(endpoint)
    if origin is None:
        raise ConfigurationError(
            f"the api of {route.prefix} is no http(s) URL",
            hint=f'Write api = "https://…" under [registries."{route.prefix}"].',
        )
    api = replace(
        upstream,
        endpoint=endpoint.rstrip("/"),
        auth_hosts=frozenset(),
        token_service=None,
        exempt=frozenset({origin}) if route.listed else frozenset(),
        tls=upstream.tls if origin.host == upstream.origin.host else TlsFiles(),
    )
    login = keyring.api_login_for(route.prefix, route.entry, own=_is_the_vendors(route, origin))
    if login is not None:
        return ApiClient(http, replace(api, credentials=login, source=None), has_own_login=True)
    if not _takes_the_registrys_login(route, upstream, origin, keyring):
        api = replace(api, credentials=None, source=None)
    return ApiClient(http, api)


def _endpoint(route: Route, upstream: Upstream) -> str | None:
    registration = route.offer.registration
    declared: str | None = registration.attribute("api_endpoint")
    if route.entry.api or (declared and route.offer.is_at_home(route.prefix.registry)):
        return route.entry.api or declared
    return upstream.endpoint if registration.attribute("api_on_registry") else None


def _is_the_vendors(route: Route, origin: Origin) -> bool:
    """Tell whether an API is the one that the plugin declares, or on the registry's own name."""
    declared = Origin.of(route.offer.registration.attribute("api_endpoint") or "")
    return origin in {declared, Origin.of(f"https://{route.prefix.registry}")}


def _takes_the_registrys_login(route: Route, upstream: Upstream, origin: Origin, keyring: Keyring) -> bool:
    """Tell whether the registry's login is the API's as well.

    A mirror's password is no business of the vendor whose API tells of what it mirrors, and a vendor's none of
    another host that the configuration names: but where its entry names the user, too, that is who is meant. A
    caller's own login, which no entry names, goes where ``auth_hosts`` says that it may.
    """
    if origin == upstream.origin:
        return True
    if keyring.has_own(route.prefix.registry):
        if any(origin.is_named_by(host) for host in route.entry.auth_hosts):
            return True
    elif route.entry.api and route.entry.username:
        return True
    home = route.offer.registration.attribute("endpoint") or f"https://{route.prefix.registry}"
    return upstream.origin == Origin.of(home) and _is_the_vendors(route, origin)
