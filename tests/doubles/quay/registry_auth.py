"""The registry's door: ``/v2/auth``, and what each ``/v2/`` request needs.

Source: q: endpoints/v2/v2auth.py, auth/registry_jwt_auth.py, endpoints/v2/__init__.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.doubles.quay.accounts import ANYBODY, CredentialsError
from tests.doubles.quay.refusals import aborted, page, registry_error

from portcall.testing.auth import basic_credentials
from portcall.testing.tokens import TokenBook
from portcall.testing.wire import json_reply

if TYPE_CHECKING:
    from tests.doubles.quay.accounts import Caller
    from tests.doubles.quay.site import Site

    from portcall.testing import Reply, Request

LIFETIME = 3600  #: TOKEN_VALIDITY_LIFETIME_S; the answer does not tell it, the token's ``exp`` does.

_NAME = r"(?:[.a-zA-Z0-9_-]+/)*[.a-zA-Z0-9_-]+"
_SCOPE = re.compile(rf"repository:(?P<name>{_NAME}):(?P<actions>(?:push|pull|\*)(?:,(?:push|pull|\*))*)\Z")


class QuayAuth:
    """Lets public repositories be read by anybody, and all others with a token that says so."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.tokens = TokenBook(site.clock)

    # What a request to the registry needs

    def guard(self, request: Request) -> Reply | None:
        """Return a refusal, or ``None`` to let a request pass."""
        if request.kind == "other":
            return None
        broken = self.broken_token(request)
        if broken is not None or request.kind in {"ping", "catalog"}:
            return broken
        if request.repository and self._site.catalogue.is_disabled(request.repository):
            return disabled(request.repository)
        grant = self.tokens.grant(_bearer(request))
        granted = grant is not None and f"repository:{request.repository}:pull" in grant.scopes
        if granted or self._site.may_read(ANYBODY, request.repository):
            return None
        return self.unauthorized(request)

    def broken_token(self, request: Request) -> Reply | None:
        """Return the refusal of an Authorization header that holds no good token of this registry.

        Basic authentication is one of those: it counts at ``/v2/auth`` only.
        """
        if "authorization" not in request.headers or self.tokens.grant(_bearer(request)) is not None:
            return None
        return aborted(401, "Invalid bearer token format", self.challenge(request))

    def caller(self, request: Request) -> Caller:
        """Return whose token a request carries."""
        grant = self.tokens.grant(_bearer(request))
        return self._site.accounts.known(grant.user if grant else "")

    def has_token(self, request: Request) -> bool:
        """Tell whether a request carries a good token, if only anybody's."""
        return self.tokens.grant(_bearer(request)) is not None

    def unauthorized(self, request: Request) -> Reply:
        """Return the 401 for what is missing, or private, or asked for without a login."""
        refusal = registry_error(401, "UNAUTHORIZED", "access to the requested resource is not authorized")
        return refusal.with_headers(self.challenge(request))

    def challenge(self, request: Request) -> dict[str, str]:
        """Return the headers that send a client to ``/v2/auth``."""
        realm = f"{request.scheme}://{request.host}/v2/auth"
        service = self._site.options.server_hostname or request.host
        challenge = f'Bearer realm="{realm}",service="{service}"'
        if request.repository:
            challenge += f',scope="repository:{request.repository}:pull"'
        return {"WWW-Authenticate": challenge, "Docker-Distribution-API-Version": "registry/2.0"}

    # The token endpoint

    def token(self, request: Request) -> Reply:
        """Answer ``/v2/auth``: ``{"token"}`` and nothing else, for as much as the caller may have.

        Each ``scope`` parameter is one scope: several in one parameter, or actions that Quay does not know
        (``delete``), are 400. There is no POST.
        """
        if request.method not in {"GET", "HEAD"}:
            return page(405).with_headers({"Allow": "GET, HEAD, OPTIONS"})
        caller = self._login(request)
        if not isinstance(caller, str):
            scopes = request.parameters.get("scope", [])
            return self._issue(request, caller, scopes)
        return registry_error(401, "UNAUTHORIZED", caller).with_headers(self.challenge(request))

    def _login(self, request: Request) -> Caller | str:
        if "authorization" not in request.headers:
            return ANYBODY
        credentials = basic_credentials(request)
        if credentials is None:
            return "Specified credentials are invalid"
        try:
            return self._site.accounts.by_basic(*credentials, self._site.clock())
        except CredentialsError as wrong:
            return str(wrong)

    def _issue(self, request: Request, caller: Caller, scopes: list[str]) -> Reply:
        asked = [scope for scope in scopes if scope]
        if caller.is_anonymous and len(asked) < max(len(scopes), 1):
            return self.unauthorized(request)
        granted: list[str] = []
        for scope in asked:
            found = _SCOPE.match(scope)
            if found is None:
                text = f"Unable to decode repository and actions: {scope}"
                return registry_error(400, "INVALID_REQUEST", text)
            name = found["name"].removeprefix(f"{request.host}/")
            if self._site.catalogue.is_disabled(name):
                return disabled(name)
            if "pull" in found["actions"].split(",") and self._site.may_read(caller, name):
                granted.append(f"repository:{name}:pull")
        return json_reply({"token": self.tokens.issue(caller.name, granted, LIFETIME)})


def disabled(path: str) -> Reply:
    """Return the refusal of everything in a disabled namespace."""
    namespace = path.partition("/")[0]
    text = f"Namespace {namespace} has been disabled. Please contact a system administrator."
    return registry_error(405, "DENIED", text)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
