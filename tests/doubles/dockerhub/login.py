"""Signing in to hub.docker.com: the current way, the deprecated one, and the second factor."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from tests.doubles.dockerhub import errors
from tests.doubles.dockerhub.accounts import Caller, SecondFactorNeeded

from portcall.testing.wire import Reply, json_reply

if TYPE_CHECKING:
    from tests.doubles.dockerhub.accounts import Accounts
    from tests.doubles.dockerhub.tokens import HubTokens

    from portcall.testing.wire import Request

_INCORRECT = {"detail": "Incorrect authentication credentials"}
_REQUIRED = "value is required"
_LEAST_SECRET = 9


class Login:
    """``/v2/auth/token``, ``/v2/users/login`` and ``/v2/users/2fa-login``."""

    def __init__(self, accounts: Accounts, tokens: HubTokens) -> None:
        self._accounts, self._tokens = accounts, tokens
        self._pending: dict[str, SecondFactorNeeded] = {}

    def auth_token(self, request: Request) -> Reply:
        """Answer ``POST /v2/auth/token``: hub-spec, AuthCreateAccessToken."""
        told = _fields(request)
        identifier, secret = told.get("identifier"), told.get("secret")
        lacking = {
            name: _REQUIRED
            for name, value in (("identifier", identifier), ("secret", secret))
            if not isinstance(value, str) or not value
        }
        if lacking:
            return errors.invalid_body(**lacking)
        if len(str(secret)) < _LEAST_SECRET:
            # Observed: #fs-69180047932.
            return errors.invalid_body(secret=f"must be at least {_LEAST_SECRET} characters")
        found = self._accounts.sign_in(str(identifier), str(secret))
        if isinstance(found, SecondFactorNeeded):
            # hub-spec documents it for /v2/users/login alone; taken to be the same here [inference].
            return self._code_wanted(found)
        return errors.unauthorized() if found is None else json_reply({"access_token": self._tokens.issue(found)})

    def users_login(self, request: Request) -> Reply:
        """Answer the deprecated ``POST /v2/users/login``: hub-spec, PostUsersLogin; used by hub-mcp."""
        told = _fields(request)
        found = self._accounts.sign_in(str(told.get("username", "")), str(told.get("password", "")))
        if isinstance(found, SecondFactorNeeded):
            return self._code_wanted(found)
        if found is None:
            return json_reply(_INCORRECT, status=401)
        return self._token(request, found)

    def second_factor(self, request: Request) -> Reply:
        """Answer ``POST /v2/users/2fa-login``: hub-spec, PostUsers2FALogin."""
        told = _fields(request)
        needed = self._pending.get(str(told.get("login_2fa_token", "")))
        if needed is None or needed.code != told.get("code"):
            return json_reply(_INCORRECT, status=401)
        return self._token(request, needed.caller)

    def _token(self, request: Request, caller: Caller) -> Reply:
        token = {"token": self._tokens.issue(caller)}
        # hub-tool asks for it.
        renewable = request.parameter("refresh_token") == "true"
        return json_reply(token | ({"refresh_token": secrets.token_hex(20)} if renewable else {}))

    def _code_wanted(self, needed: SecondFactorNeeded) -> Reply:
        pending = secrets.token_hex(20)
        self._pending[pending] = needed
        detail = "Require secondary authentication on MFA enabled account"
        return json_reply({"detail": detail, "login_2fa_token": pending}, status=401)


def _fields(request: Request) -> dict[str, Any]:
    document = Reply(body=request.body).document
    return document if isinstance(document, dict) else {}
