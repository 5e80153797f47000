"""Realms: which token service may be asked, and which may see the registry's credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit, urlunsplit

from portcall.errors import BlockedError
from portcall.http.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.http.upstream import Upstream


def permitted_realm(upstream: Upstream, origin: Origin, realm: str, *, with_credentials: bool) -> str:
    """Return the URL to ask for a token.

    Args:
        upstream: The registry being asked.
        origin: Who names the realm: the registry's endpoint, or where it redirected to.
        realm: As the challenge has it.
        with_credentials: Whether the registry's credentials are to be sent there.

    Raises:
        BlockedError: The realm is no http(s) URL, would downgrade https, or is not one that may receive
            these credentials.
    """
    realm, target = _upgraded(origin, realm)
    if target is None:
        raise BlockedError(
            f"{upstream.registry} names a token service that may not be asked",
            hint="Its realm is no https URL; the registry is misconfigured, or up to no good.",
            registry=upstream.registry,
        )
    if with_credentials and not _may_receive(upstream, origin, target):
        raise BlockedError(
            f"{upstream.registry} sends for tokens to {target.netloc}, which may not receive its credentials",
            hint=f'If that is right, add "{target.netloc}" to auth_hosts of [registries."{upstream.registry}"].',
            registry=upstream.registry,
        )
    return realm


def is_own_realm(origin: Origin, realm: str) -> bool:
    """Tell whether a registry's token service is the registry itself: it sees credentials and tokens anyhow."""
    return _upgraded(origin, realm)[1] == origin


def token_url(realm: str, service: str, scopes: Sequence[str]) -> str:
    """Return the realm with what is wanted of it: ``…/token?service=registry&scope=repository:a/b:pull``."""
    wanted = ([("service", service)] if service else []) + [("scope", scope) for scope in scopes]
    parts = urlsplit(realm)
    query = "&".join(each for each in (parts.query, urlencode(wanted)) if each)
    return urlunsplit(parts._replace(query=query, fragment=""))


def _upgraded(origin: Origin, realm: str) -> tuple[str, Origin | None]:
    """Return the realm with its origin, ``None`` where it is not one to ask."""
    target = Origin.of(realm)
    if target is None or target.scheme == "https" or origin.scheme == "http":
        return realm, target
    # Harbor behind a TLS proxy names itself by http: the same host is asked by https instead.
    if target.host != origin.host:
        return realm, None
    return urlunsplit(urlsplit(realm)._replace(scheme="https", netloc=origin.netloc)), origin


def _may_receive(upstream: Upstream, origin: Origin, target: Origin) -> bool:
    if target == origin or any(target.is_named_by(host) for host in upstream.auth_hosts):
        return target.scheme == "https" or origin.scheme == "http"
    return target == upstream.declared_token_origin
