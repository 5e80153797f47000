"""A bearer-token server as registries have them: GET with Basic, OAuth2 by POST, anonymous, a log.

Source: distribution's "Token Authentication Specification" and "OAuth2 Token Authentication".
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
import time
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import parse_qs, urlsplit

import jwt
from tests.testbed.certificates import SigningKey
from tests.testbed.loopback import LoopbackHandler, LoopbackServer

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE = "portcall-testbed"
ISSUER = "portcall-testbed-tokens"
ANONYMOUS = ""

_SCOPE = re.compile(r"(?P<type>[a-z]+(\([a-z0-9]+\))?):(?P<name>.+):(?P<actions>[^:]*)")


@dataclass(frozen=True, slots=True)
class User:
    """A password, and which actions (``"*"``: all) it gives on which names (``*`` crosses slashes)."""

    password: str
    access: tuple[tuple[str, tuple[str, ...]], ...]

    def allows(self, name: str, action: str) -> bool:
        return any(
            fnmatchcase(name, pattern) and ("*" in actions or action in actions)
            for pattern, actions in self.access
        )


USERS: Mapping[str, User] = {
    "writer": User("writer-secret", (("*", ("*",)),)),
    "reader": User("reader-secret", (("*", ("pull",)),)),
    ANONYMOUS: User("", (("public/*", ("pull",)),)),
}


@dataclass(frozen=True, slots=True)
class TokenOptions:
    """How the next tokens are handed out.

    Attributes:
        ttl: Seconds; negative for a token that has already expired (distribution forgives 60 s).
        field: Which name in the reply carries the token.
        expiry: Whether the reply tells ``expires_in`` and ``issued_at``; without, clients assume 60 s.
        oauth2: Whether POST is known; without, it is answered 405, as by many registries.
    """

    ttl: int = 300
    field: Literal["token", "access_token", "both"] = "both"
    expiry: bool = True
    oauth2: bool = True


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """One request as it was answered; ``grant`` is how the caller proved who it is."""

    method: str
    grant: str  # anonymous | basic | password | refresh_token | what else was sent
    username: str
    scopes: tuple[str, ...]
    status: int


class TokenServer(LoopbackServer):
    """Issues tokens at ``realm``; ``options`` may be replaced at any time, ``requests`` is the log."""

    def __init__(self, key: SigningKey | None = None, users: Mapping[str, User] = USERS) -> None:
        super().__init__(_Handler)
        self.key = key or SigningKey()
        self.users = users
        self.options = TokenOptions()
        self.requests: list[TokenRequest] = []
        self._refresh_tokens: dict[str, str] = {}

    @property
    def realm(self) -> str:
        return f"{self.url}/token"

    def forget(self) -> None:
        """Go back to the default options and an empty log."""
        self.options = TokenOptions()
        self.requests.clear()

    def knows(self, username: str, password: str) -> bool:
        user = self.users.get(username)
        return username != ANONYMOUS and user is not None and user.password == password

    def owner_of(self, refresh_token: str) -> str | None:
        return self._refresh_tokens.get(refresh_token)

    def new_refresh_token(self, username: str) -> str:
        token = secrets.token_hex(20)
        self._refresh_tokens[token] = username
        return token

    def issue(self, username: str, scopes: tuple[str, ...]) -> dict[str, Any]:
        """Return the JSON of a reply: a signed token with whatever part of the scopes the user may have."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": SERVICE,
            "sub": username,
            "iat": now,
            "nbf": now - 3600,
            "exp": now + self.options.ttl,
            "jti": secrets.token_hex(8),
            "access": [entry for scope in scopes if (entry := self._granted(username, scope))],
        }
        token = jwt.encode(claims, self.key.private, self.key.algorithm, headers={"kid": self.key.kid})
        fields = ("token", "access_token") if self.options.field == "both" else (self.options.field,)
        reply: dict[str, Any] = dict.fromkeys(fields, token)
        if self.options.expiry:
            reply["expires_in"] = self.options.ttl
            reply["issued_at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
        return reply

    def _granted(self, username: str, scope: str) -> dict[str, Any] | None:
        asked = _SCOPE.fullmatch(scope)
        if asked is None:
            return None
        user = self.users[username]
        actions = [action for action in asked["actions"].split(",") if user.allows(asked["name"], action)]
        return {"type": asked["type"], "name": asked["name"], "actions": actions} if actions else None


class _Handler(LoopbackHandler):
    def do_GET(self) -> None:  # noqa: N802 -- http.server's name
        url = urlsplit(self.path)
        if url.path != "/token":
            self._reply(404, {})
            return
        scopes = _scopes(parse_qs(url.query).get("scope", []))
        grant, username, known = self._basic()
        self._decide(grant, username, scopes, known=known)

    def do_POST(self) -> None:  # noqa: N802 -- http.server's name
        form = {name: values[0] for name, values in parse_qs(self.body().decode()).items()}
        if not self._server.options.oauth2:
            self._reply(405, {})
            return
        grant = form.get("grant_type", "")
        if grant == "password":
            username = form.get("username", "")
            known = self._server.knows(username, form.get("password", ""))
        elif grant == "refresh_token":
            owner = self._server.owner_of(form.get("refresh_token", ""))
            username, known = owner or "", owner is not None
        else:
            self._log(grant, "", (), 400)
            self._reply(400, {"error": "unsupported_grant_type"})
            return
        offline = form.get("access_type") == "offline"
        self._decide(grant, username, _scopes([form.get("scope", "")]), known=known, offline=offline)

    @property
    def _server(self) -> TokenServer:
        return cast("TokenServer", self.server)

    def _basic(self) -> tuple[str, str, bool]:
        """Return (grant, user name, whether they are who they say) of the Authorization header."""
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return "anonymous", ANONYMOUS, True
        try:
            username, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "basic", "", False
        return "basic", username, self._server.knows(username, password)

    def _decide(
        self, grant: str, username: str, scopes: tuple[str, ...], *, known: bool, offline: bool = False
    ) -> None:
        self._log(grant, username, scopes, 200 if known else 401)
        if not known:
            refusal = {"errors": [{"code": "UNAUTHORIZED", "message": "wrong user name or password"}]}
            self._reply(401, refusal, {"WWW-Authenticate": 'Basic realm="portcall test tokens"'})
            return
        reply = self._server.issue(username, scopes)
        if offline:
            reply["refresh_token"] = self._server.new_refresh_token(username)
        self._reply(200, reply)

    def _log(self, grant: str, username: str, scopes: tuple[str, ...], status: int) -> None:
        self._server.requests.append(TokenRequest(self.command, grant, username, scopes, status))

    def _reply(self, status: int, document: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self.answer(status, json.dumps(document).encode(), {"Content-Type": "application/json"} | (headers or {}))


def _scopes(values: list[str]) -> tuple[str, ...]:
    return tuple(scope for value in values for scope in value.split())
