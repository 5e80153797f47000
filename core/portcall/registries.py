"""Registries as they are: what each route leads to, and whether it answers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from portcall.call import aside
from portcall.deadline import deadline, leaving
from portcall.errors import (
    BlockedError,
    ForbiddenError,
    InternalError,
    PortcallError,
    RateLimitedError,
    UnauthorizedError,
)
from portcall.images.together import side_by_side
from portcall.logs import get_logger
from portcall.models import RateLimitInfo, RegistryInfo
from portcall.reference import Prefix, parse_prefix
from portcall.routing import FALLBACK, Route
from portcall.settings import RegistrySettings
from portcall.timestamp import from_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from portcall.backend import RegistryBackend
    from portcall.loader import Offer
    from portcall.routing import Router

#: Seconds that one registry has to answer; a slow one must not cost the others their answer.
PATIENCE = 10.0
#: Registries asked at once: those that do not answer keep none of the others waiting.
_AT_ONCE = 64
#: Seconds to leave for the answer.
_RESERVE = 0.5

#: What only a registry that answers says: it is there, whatever else is wrong.
_ANSWERS = (ForbiddenError, RateLimitedError, UnauthorizedError)

_log = get_logger("portcall.plugins")


def route_of(router: Router, name: str, offers: Iterable[Offer]) -> Route:
    """Return how a registry is asked that has no prefix of its own: as the one above it, or as any other.

    Args:
        router: Knows the prefixes there are.
        name: The registry, or a part of it, as people write it.
        offers: What the plugins offer.

    Raises:
        PortcallError: The name is none, or the registry may not be asked.
    """
    prefix = parse_prefix(name)
    above = [route for route in router.routes if route.prefix.covers(prefix.registry, prefix.path)]
    if above:
        return max(above, key=lambda route: route.prefix.depth)
    router.backend_named(prefix)  # raises where nobody serves what nobody claims
    fallback = next(offer for offer in offers if offer.registration.name == FALLBACK)
    return Route(Prefix(prefix.registry), fallback, RegistrySettings())


async def probed(router: Router, routes: Sequence[Route], *, probe: bool) -> tuple[RegistryInfo, ...]:
    """Return what is known of each route; with ``probe``, whether its registry answers, and how fast.

    Never raises for one registry, or for one plugin: what is wrong is its ``problem``.
    """

    async def one(route: Route) -> RegistryInfo:
        try:
            return await _told(router, route, probe=probe)
        except PortcallError as error:
            return RegistryInfo(**_known(route), **_problem(error))
        except (Exception, SystemExit):  # noqa: BLE001 - logged; a plugin's fault costs its registry alone
            _log.exception("backend_failed", plugin=route.offer.source.qualified, prefix=str(route.prefix))
            fault = InternalError(f"the plugin {route.offer.source.qualified} failed; the log holds why")
            return RegistryInfo(**_known(route), **_problem(fault))

    return tuple(await side_by_side(routes, one, _AT_ONCE))


async def _told(router: Router, route: Route, *, probe: bool) -> RegistryInfo:
    """Return what a route's backend tells of itself, asking the registry where that is wanted."""
    # By name: of registries that somebody merely named, the router keeps a bounded number.
    backend = router.backend_named(route.prefix)
    upstream = backend.upstream
    info = RegistryInfo(
        **_known(route),
        endpoint=upstream.endpoint,
        capabilities=backend.capabilities,
        credentials=upstream.credentials_source or "none",
        api_credentials=_api_credentials(backend),
    )
    if not probe:
        return info
    return info.model_copy(update=await _condition(backend))


async def _condition(backend: RegistryBackend) -> dict[str, Any]:
    """Return what a registry shows of itself when it is asked for a sign of life."""
    started = time.perf_counter()
    problem: dict[str, Any] = {}
    with aside() as row:
        try:
            async with deadline(min(PATIENCE, leaving(_RESERVE))):
                await backend.probe()
        except _ANSWERS as error:
            problem = _problem(error)
        except BlockedError as error:
            # Nobody asked it: whether it would answer is not known.
            return _problem(error)
        except PortcallError as error:
            return {"reachable": False} | _problem(error)
    return {
        "reachable": True,
        "latency": round(time.perf_counter() - started, 3),
        "rate_limit": _rate_limit(backend),
        "problem": next(iter(row.warnings), None) or backend.upstream.withheld or None,
    } | problem


def _problem(error: PortcallError) -> dict[str, Any]:
    return {"problem": str(error), "hint": error.hint or None}


def _rate_limit(backend: RegistryBackend) -> RateLimitInfo | None:
    told = backend.http.rate_limit(backend.upstream)
    if told is None:
        return None
    resets = None if told.resets_at is None else from_seconds(told.resets_at)
    counts = "pulls" if backend.meters_pulls else "requests"
    return RateLimitInfo(
        counts=counts, limit=told.limit, remaining=told.remaining, window=told.window, resets_at=resets
    )


def _api_credentials(backend: RegistryBackend) -> str | None:
    own = backend.api is not None and backend.api.has_own_login
    return backend.api.upstream.credentials_source if backend.api and own else None


def _known(route: Route) -> dict[str, Any]:
    """Return what is known of a route without its plugin's code."""
    return {
        "prefix": str(route.prefix),
        "backend": route.offer.registration.name,
        "plugin": route.offer.source.qualified,
        "configured": route.configured,
    }
