"""The authorization server's routes: the SDK's, ours beside them, and what the SDK leaves out put right."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from mcp.server.auth.handlers.metadata import MetadataHandler
from mcp.server.auth.routes import build_metadata, cors_middleware, create_auth_routes
from mcp.server.auth.settings import ClientRegistrationOptions, RevocationOptions
from mcp.server.transport_security import RequestBodyLimitMiddleware
from mcp.shared.auth import OAuthMetadata
from pydantic import AnyHttpUrl
from starlette.routing import Route

from portcall.auth.outage import Outage
from portcall.auth.signin.refused_requests import RefusedRequests
from portcall.auth.signin.revocation import Revocation
from portcall.auth.signin.sign_in import SignIn

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from portcall.auth.signin.provider import DockerHubProvider

#: Bytes of a request: a registration with all its redirect URIs fits; the SDK's own bound is that of whole calls.
_MAX_BODY = 65_536
#: As in the SDK's own answers: clients in browsers have to be able to read it.
_READABLE = MappingProxyType({"Access-Control-Allow-Origin": "*"})
_METADATA = "/.well-known/oauth-authorization-server"
_AUTHORIZE = "/authorize"
_REVOKE = "/revoke"


def authorization_routes(provider: DockerHubProvider) -> list[Route]:
    """Return all that clients and browsers ask for to sign somebody in, below the issuer.

    Args:
        provider: What answers.

    Raises:
        ValueError: The issuer is neither https nor loopback.
    """
    issuer = AnyHttpUrl(provider.issuer)
    registration = ClientRegistrationOptions(enabled=True, valid_scopes=list(provider.scopes))
    theirs = create_auth_routes(provider, issuer, client_registration_options=registration)
    ours = {
        _METADATA: (
            cors_middleware(MetadataHandler(_metadata(provider)).handle, ["GET", "OPTIONS"]),
            ["GET", "OPTIONS"],
        ),
        _REVOKE: (cors_middleware(Revocation(provider).handle, ["POST", "OPTIONS"]), ["POST", "OPTIONS"]),
    }
    routes = [
        Route(
            route.path,
            _safe(
                RefusedRequests(route.endpoint, provider.issuer, provider.get_client)
                if route.path == _AUTHORIZE
                else route.endpoint
            ),
            methods=route.methods,
        )
        for route in theirs
        if route.path not in ours
    ]
    routes += [Route(path, _safe(endpoint), methods=methods) for path, (endpoint, methods) in ours.items()]
    return [*routes, *SignIn(provider).routes]


def _safe(endpoint: ASGIApp) -> ASGIApp:
    return Outage(RequestBodyLimitMiddleware(endpoint, _MAX_BODY), _READABLE)


def _metadata(provider: DockerHubProvider) -> OAuthMetadata:
    """Return the SDK's document (RFC 8414), with what it does not tell: public clients, and ``iss`` in answers."""
    built = build_metadata(
        AnyHttpUrl(provider.issuer),
        None,
        ClientRegistrationOptions(enabled=True, valid_scopes=list(provider.scopes)),
        RevocationOptions(enabled=True),
    )
    methods = ["none", "client_secret_post", "client_secret_basic"]
    told = built.model_dump(mode="json", exclude_none=True) | {
        # As it stands in answers: clients compare the two letter by letter.
        "issuer": provider.issuer,
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "authorization_response_iss_parameter_supported": True,
    }
    return OAuthMetadata.model_validate(told)
