"""How callers prove who they are: the mode that the configuration chose, as the app needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend
from mcp.server.auth.routes import (
    build_resource_metadata_url,
    create_protected_resource_routes,
)
from pydantic import AnyHttpUrl, ConfigDict, TypeAdapter

from portcall.caller import ANYBODY, SCOPES
from portcall.errors import ConfigurationError
from portcall.logs import get_logger
from portcall.server.asgi.replies import MCP_PATH
from portcall.server.asgi.require_token import RequireToken

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from mcp.server.auth.provider import TokenVerifier
    from starlette.routing import Route
    from starlette.types import ASGIApp

    from portcall.caller import Caller
    from portcall.gateway import Portcall
    from portcall.seal import Seal
    from portcall.settings import Settings
    from portcall.state import StateStore

_log = get_logger("portcall.server")


@dataclass(frozen=True, slots=True)
class Authentication:
    """Who is let in, and how.

    Args:
        mode: As ``auth.mode`` calls it.
        anybody: Who asks without a token; ``None`` where that may not be.
        verifier: Tells whose a token is; ``None`` where nobody has to show one.
        routes: What it needs beside ``/mcp``: descriptions of itself, a page to sign in.
        metadata_url: Where this server's description is (RFC 9728), if it has one.
        check: Raises PortcallError where not everybody is let in who should be.
        prepare: Looks whether what it relies on can be had; raises PortcallError where not.
        aclose: Lets go of connections.
    """

    mode: str
    anybody: Caller | None = None
    verifier: TokenVerifier | None = None
    routes: Sequence[Route] = ()
    metadata_url: AnyHttpUrl | None = None
    check: Callable[[], Awaitable[None]] | None = None
    prepare: Callable[[], Awaitable[None]] | None = None
    aclose: Callable[[], Awaitable[None]] | None = None

    @property
    def backend(self) -> BearerAuthBackend | None:
        """What reads the token that a request shows; its audience, the verifier checks."""
        return BearerAuthBackend(self.verifier) if self.verifier else None

    def guarded(self, app: ASGIApp) -> ASGIApp:
        """Return ``app`` behind a check that somebody has shown a token."""
        if self.verifier is None:
            return app
        return RequireToken(app, str(self.metadata_url) if self.metadata_url else None)


def mode_of(settings: Settings) -> str:
    """Return the mode: a token in the environment alone is a wish for ``token``."""
    mode = settings.auth.mode
    return "token" if mode == "none" and settings.surroundings.auth_token else mode


def authentication_of(
    settings: Settings, portcall: Portcall, store: StateStore | None, seal: Seal | None
) -> Authentication:
    """Return how callers prove who they are.

    Args:
        settings: The configuration.
        portcall: The gateway, for what is to be asked of Docker Hub.
        store: Keeps sign-ins, in mode ``dockerhub``.
        seal: Closes them.

    Raises:
        ConfigurationError: The mode lacks something.
    """
    mode = mode_of(settings)
    if mode != "token" and settings.surroundings.auth_token:
        raise ConfigurationError(
            f'PORTCALL_AUTH_TOKEN is set, and auth.mode is "{mode}"',
            hint="Unset the variable, or auth.mode: nobody would be let in by that token.",
        )
    if mode == "token":
        from portcall.auth.tokens import TokenVerifierByTable

        table = TokenVerifierByTable.of(settings)
        return Authentication(mode, verifier=table, check=table.check)
    if mode == "jwt":
        return _by_jwt(settings)
    if mode == "dockerhub":
        if store is None or seal is None:
            raise TypeError("mode dockerhub keeps sign-ins")
        return _by_docker_hub(settings, portcall, store, seal)
    return Authentication(mode, anybody=ANYBODY)


def _by_jwt(settings: Settings) -> Authentication:
    from portcall.auth.jwt import JwtVerifier

    verifier = JwtVerifier.of(settings)
    routes = _description(settings, settings.auth.issuer)
    metadata_url = _metadata_url(settings)
    return Authentication(
        "jwt", None, verifier, routes, metadata_url, verifier.check, verifier.prepare, verifier.aclose
    )


def _by_docker_hub(settings: Settings, portcall: Portcall, store: StateStore, seal: Seal) -> Authentication:
    from mcp.server.auth.provider import ProviderTokenVerifier

    from portcall.auth.signin import DockerHubProvider, authorization_routes
    from portcall.server.hub_accounts import HubAccounts

    scopes, issuer = _scopes(settings), _public_url(settings)
    if "*" in settings.auth.allow_users and settings.registries.keys() - {"docker.io"}:
        _log.warning(
            "every_docker_id_may_sign_in",
            registries=sorted(settings.registries),
            advice="name those who may in auth.allow_users",
        )
    provider = DockerHubProvider(
        store,
        seal,
        HubAccounts(portcall),
        issuer=issuer,
        resource=f"{issuer}{MCP_PATH}",
        scopes=scopes,
        redirect_schemes=settings.auth.redirect_schemes,
        lets_in=settings.auth.lets_in,
    )
    # Typed for the SDK's own records; ours are those, and more.
    verifier = ProviderTokenVerifier(cast("Any", provider))
    routes = [*authorization_routes(provider), *_description(settings, issuer)]
    return Authentication("dockerhub", None, verifier, routes, _metadata_url(settings))


def _description(settings: Settings, issuer: str) -> list[Route]:
    """Return the route of this server's description (RFC 9728): who gives tokens for it, and for what."""
    return create_protected_resource_routes(
        _resource(settings), [_url(issuer)], _scopes(settings), resource_name="portcall"
    )


def _metadata_url(settings: Settings) -> AnyHttpUrl:
    return build_resource_metadata_url(_resource(settings))


def _resource(settings: Settings) -> AnyHttpUrl:
    return _url(f"{_public_url(settings)}{MCP_PATH}")


def _url(text: str) -> AnyHttpUrl:
    """Return a URL as it is written: clients compare an issuer letter by letter, the slash at its end too."""
    return TypeAdapter(AnyHttpUrl, config=ConfigDict(url_preserve_empty_path=True)).validate_python(text)


def _scopes(settings: Settings) -> list[str]:
    return list(SCOPES) if settings.server.allow_write else ["read"]


def _public_url(settings: Settings) -> str:
    if not settings.server.public_url:
        raise ConfigurationError(
            f"auth.mode {mode_of(settings)} needs server.public_url",
            hint="Write the URL at which people reach this server, like https://portcall.corp.example.",
        )
    return settings.server.public_url
