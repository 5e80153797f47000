"""Registries as they are: what each route leads to, and whether it answers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from portcall.errors import PortcallError
from portcall.images.together import side_by_side
from portcall.models import RegistryInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.routing import Route, Router


async def probed(router: Router, routes: Sequence[Route], *, probe: bool) -> tuple[RegistryInfo, ...]:
    """Return what is known of each route; with ``probe``, whether its registry answers, and how fast."""

    async def one(route: Route) -> RegistryInfo:
        info, problem = described(router, route)
        if not probe or problem:
            return info
        started = time.perf_counter()
        try:
            await router.backend_at(route).probe()
        except PortcallError as error:
            return info.model_copy(update={"reachable": False, "problem": str(error)})
        return info.model_copy(update={"reachable": True, "latency": round(time.perf_counter() - started, 3)})

    return tuple(await side_by_side(routes, one))


def described(router: Router, route: Route) -> tuple[RegistryInfo, str | None]:
    """Return what is known of a route without asking anybody, and why its plugin cannot serve it, if so."""
    common = {
        "prefix": str(route.prefix),
        "backend": route.offer.registration.name,
        "plugin": route.offer.source.qualified,
        "configured": route.listed,
    }
    try:
        backend = router.backend_at(route)
    except PortcallError as error:
        return RegistryInfo(**common, problem=str(error)), str(error)
    upstream = backend.upstream
    return (
        RegistryInfo(
            **common,
            endpoint=upstream.endpoint,
            capabilities=backend.capabilities,
            credentials=upstream.credentials.source if upstream.credentials else "none",
        ),
        None,
    )
