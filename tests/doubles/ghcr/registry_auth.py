"""ghcr.io's token endpoint, and what its registry wants to see of a token."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING

from tests.doubles.ghcr.refusals import DENIED, NO_ACCESS, WRONG_SCOPES, registry_refusal

from portcall.testing import Reply, Request
from portcall.testing.auth import basic_credentials
from portcall.testing.tokens import TokenBook
from portcall.testing.wire import json_reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.doubles.ghcr.catalogue import Catalogue
    from tests.doubles.ghcr.credential import Credential

#: What the challenge of ``/v2/`` and of ``_catalog`` asks for, and nobody has (data/ghcr; reno; oras#1128).
PLACEHOLDER = "repository:user/image:pull"


class GhcrAuth:
    """Guards the registry.

    Args:
        catalogue: Which packages there are, and whose tokens.
        ttl: Seconds that a token is good for; the answer does not tell them. The real number is not known [U].
        clock: Where the time comes from, in seconds since 1970.

    Attributes:
        words: What every 403 says, whatever its reason; ``None`` for what was seen of that reason. See
            :mod:`tests.doubles.ghcr.refusals` for the variants.
    """

    def __init__(self, catalogue: Catalogue, *, ttl: float = 300, clock: Callable[[], float] = time.time) -> None:
        self.catalogue = catalogue
        self.ttl = ttl
        self.tokens = TokenBook(clock)
        self.words: str | None = None
        self._issued: set[str] = set()

    # The registry

    def guard(self, request: Request) -> Reply | None:
        """Refuse what carries no token, or one that does not reach: public packages want one, too."""
        scheme, _, sent = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return self._unauthorized(request)
        token = _unwrapped(sent.strip())
        if token in self._issued:
            grant = self.tokens.grant(token)
            if grant is None:
                return self._unauthorized(request)
            scope = f"repository:{request.repository}:pull"
            reaches = not request.repository or scope in grant.scopes
            return None if reaches else self._denied(NO_ACCESS)  # catwalk#518
        # The token itself in base64 is a bearer token of the registry (image-reflector-controller#142; data/ghcr).
        credential = self.catalogue.credentials.get(token)
        if credential is None:
            # Also for a token that was not encoded (HarborGuard#191).
            return self._denied(DENIED)
        return self._refusal(request.repository, credential) if request.repository else None

    # The token endpoint

    def token(self, request: Request) -> Reply:
        """Answer ``GET /token``: 200 for what may be read, 401 for what is private, 403 for what is not there."""
        if request.method not in {"GET", "HEAD"}:
            return registry_refusal(405, "UNSUPPORTED", "The operation is unsupported.")  # [U]
        credential = None
        if "authorization" in request.headers:
            credentials = basic_credentials(request)
            if credentials is None:
                # A personal access token as Bearer, with the placeholder's challenge (recorded in data/ghcr).
                return self._unauthorized(request)
            credential = self.catalogue.credentials.get(credentials[1])
            if credential is None:
                # No challenge: a client must not ask again (renovate#11446); expired logins: riverui#182.
                return self._denied(DENIED)
        scopes = [scope for value in request.parameters.get("scope", []) for scope in value.split()]
        for scope in scopes:
            refusal = self._scope_refusal(request, scope, credential)
            if refusal is not None:
                return refusal
        return self._issue("" if credential is None else credential.user, scopes)

    def _scope_refusal(self, request: Request, scope: str, credential: Credential | None) -> Reply | None:
        kind, _, rest = scope.partition(":")
        name, _, actions = rest.rpartition(":")
        if kind != "repository" or actions != "pull":
            # registry:catalog:* and the placeholder together: 403, 86 bytes (oras#1128). Pushing is not played.
            return self._denied(NO_ACCESS)
        return self._refusal(name, credential, self.challenge(request))

    def _refusal(self, name: str, credential: Credential | None, challenge: str | None = None) -> Reply | None:
        package = self.catalogue.package(name)
        if package is None:
            return self._denied(NO_ACCESS)  # zbplan: "403 = package does not exist"
        if self.catalogue.may_read(package, credential):
            return None
        if credential is None:
            # tunnel-client#75: 401 for a private package.
            return registry_refusal(401, "UNAUTHORIZED", "authentication required", challenge=challenge)
        wrong = not credential.reads_packages
        return self._denied(WRONG_SCOPES if wrong else NO_ACCESS)

    def _issue(self, user: str, scopes: list[str]) -> Reply:
        token = self.tokens.issue(user, scopes, self.ttl)
        self._issued.add(token)
        # One field: no expires_in, no issued_at (toddysm.com 2024-02-12), hence 60 s by reg-spec auth.md.
        return json_reply({"token": base64.urlsafe_b64encode(token.encode()).decode()})

    # Words

    def _denied(self, message: str) -> Reply:
        return registry_refusal(403, "DENIED", self.words or message)

    def challenge(self, request: Request) -> str:
        """Return the challenge for a request: its own scope, or the placeholder where it has none."""
        scope = f"repository:{request.repository}:pull" if request.repository else PLACEHOLDER
        realm = f"{request.scheme}://{request.host}/token"
        return f'Bearer realm="{realm}",service="ghcr.io",scope="{scope}"'

    def _unauthorized(self, request: Request) -> Reply:
        challenge = self.challenge(request)
        return registry_refusal(401, "UNAUTHORIZED", "authentication required", challenge=challenge)


def _unwrapped(sent: str) -> str:
    try:
        return base64.urlsafe_b64decode(sent).decode().strip()
    except ValueError:
        return ""
