"""What Harbor's API means by a refusal.

Whoever is not logged in is told 401, whoever is 403, of a project that is private and of one that is not there
alike; so is who shows credentials that are wrong, for Harbor then takes them for nobody's.

Source: goharbor/harbor src/server/v2.0/handler/base.go (``RequireProjectAccess``),
src/server/middleware/security/robot.go.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from portcall.errors import (
    ForbiddenError,
    HiddenError,
    PortcallError,
    UnauthorizedError,
    UnavailableError,
    UpstreamError,
)
from portcall.plugin import listing, mapping, refusal

if TYPE_CHECKING:
    from portcall.plugin import Credentials, Reply, Upstream

_ROLES = "A user needs a role in the project; a robot the permission for it, which pulling alone is not."


def api_refusal(
    reply: Reply, upstream: Upstream, what: str, shown: Credentials | None, *, hidden: bool
) -> PortcallError:
    """Return the error that a reply other than success means.

    Args:
        reply: The API's last word.
        upstream: The API.
        what: What was asked for, for messages: ``"project team"``.
        shown: The credentials that it was asked with.
        hidden: Whether Harbor would say the same of what is not there: of whatever belongs to a project.
    """
    registry = upstream.registry
    if is_page(reply) and reply.status != 429:
        return UnavailableError(
            f"what answers for the API of {registry} is a web page ({reply.status})",
            hint="It may be a login page, or a proxy whose Harbor is down; check the endpoint, or try later.",
            registry=registry,
        )
    if reply.status == 401 and shown is not None:
        return refused(registry, shown)
    if reply.status in {401, 403}:
        return _no_access(reply.status, registry, what, hidden=hidden)
    if reply.status == 404 and _code(reply) != "NOT_FOUND":
        return UpstreamError(
            f"{registry} has no API as Harbor has it",
            hint='If it is no Harbor, leave backend = "harbor" out of its entry; else check its endpoint.',
            registry=registry,
        )
    return refusal(reply, upstream, what)


def needs_login(registry: str, what: str) -> UnauthorizedError:
    """Return the error for what Harbor tells to those alone who are logged in."""
    return UnauthorizedError(
        f"{registry} does not tell {what} to whoever is not logged in",
        hint=f'Configure username and password_env under [registries."{registry}"].',
        registry=registry,
    )


def refused(registry: str, shown: Credentials) -> UnauthorizedError:
    """Return the error for credentials that are wrong."""
    source = "the configuration" if shown.source == "configuration" else shown.source
    return UnauthorizedError(
        f"{registry} refused the credentials from {source}; they may be wrong, expired or disabled",
        hint="Check name and secret; a robot's name is all that Harbor shows, e.g. robot$project+name.",
        registry=registry,
    )


def is_page(reply: Reply) -> bool:
    """Tell whether a reply is a web page."""
    return reply.media_type == "text/html" or reply.body.lstrip()[:1] == b"<"


def _no_access(status: int, registry: str, what: str, *, hidden: bool) -> PortcallError:
    if hidden:
        hint = _ROLES if status == 403 else f'Configure credentials under [registries."{registry}"]. {_ROLES}'
        return HiddenError(
            f"{registry} has no {what}, or no access to it is granted",
            hint=f"Check the name. {hint}",
            registry=registry,
        )
    if status == 401:
        return needs_login(registry, what)
    return ForbiddenError(f"{registry} does not tell {what} to this caller", hint=_ROLES, registry=registry)


def _code(reply: Reply) -> object:
    """Return the first error's code in ``{"errors": [{"code", "message"}]}``."""
    try:
        errors = listing(mapping(json.loads(reply.body)).get("errors"))
    except (ValueError, RecursionError):
        return None
    return mapping(errors[0]).get("code") if errors else None
