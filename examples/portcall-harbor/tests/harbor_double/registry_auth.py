"""The door of ``/v2/``, and ``/service/token``.

Source: goharbor/harbor src/server/middleware/v2auth/auth.go, src/core/service/token/creator.go.
"""

from __future__ import annotations

import json
import secrets

from portcall.testing import Reply, Request

from harbor_double.accounts import Account
from harbor_double.refusals import error
from harbor_double.site import Site

_REPOSITORY_KINDS = {"manifest", "blob", "tags", "referrers"}


class HarborAuth:
    """Public projects need no token, but for HEAD; wrong credentials get one that is good for nothing private.

    Args:
        site: What Harbor keeps.
        old: Whether a token that does not suffice is answered as any header was, until goharbor/harbor#18856:
            with a demand for a password, which would not suffice either.
    """

    def __init__(self, site: Site, *, old: bool = False) -> None:
        self._site = site
        self._old = old
        self._tokens: dict[str, Account | None] = {}

    def guard(self, request: Request) -> Reply | None:
        """Return a refusal, or ``None`` to let a request pass."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if request.kind not in _REPOSITORY_KINDS:
            return None if scheme or request.kind != "ping" else self._refuse(request)
        if not scheme and request.method == "HEAD":
            return self._refuse(request)
        caller = self._tokens.get(value) if scheme.lower() == "bearer" else self._site.caller(request)
        project = request.repository.partition("/")[0]
        return None if self._site.may(caller, project, "pull") else self._refuse(request)

    def token(self, request: Request) -> Reply:
        """Issue a token to anybody who asks for a scope; what it opens, whose it is decides."""
        if request.method != "GET":
            return error(405, "METHOD_NOT_ALLOWED", "method not allowed")
        caller = self._site.caller(request)
        if caller is None and not request.parameters.get("scope"):
            return Reply(status=401)
        token = secrets.token_hex(16)
        self._tokens[token] = caller
        body = json.dumps({"token": token, "expires_in": 1800, "issued_at": "2024-05-01T12:00:00Z"})
        return Reply(headers={"Content-Type": "application/json"}, body=body.encode())

    def _refuse(self, request: Request) -> Reply:
        """Send clients to the token service, but for those that show a password: they were there."""
        scheme = request.headers.get("authorization", "").partition(" ")[0].lower()
        challenge = 'Basic realm="harbor"'
        if not scheme or (scheme == "bearer" and not self._old):
            realm = f"{request.scheme}://{request.host}/service/token"
            scope = f',scope="repository:{request.repository}:pull"' if request.repository else ""
            challenge = f'Bearer realm="{realm}",service="harbor-registry"{scope}'
        refusal = error(401, "UNAUTHORIZED", f"unauthorized to access repository: {request.repository}")
        return refusal.with_headers({"WWW-Authenticate": challenge})
