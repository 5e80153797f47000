"""Signing in to hub.docker.com: a password or an access token becomes a bearer token of ten minutes."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, TypeVar

from portcall.errors import PortcallError, UnauthorizedError, UnavailableError, UpstreamError
from portcall.plugin import own_lifetime, parse_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from portcall.plugin import ApiClient, Credentials

T = TypeVar("T")

#: Seconds that a token lives that does not say; documented are 600.
_LIFETIME = 300.0
#: Seconds before its end at which a token is renewed; of a short life a tenth.
_MARGIN = 30.0
#: Seconds for which a refused secret is not shown again: accounts are locked for less.
_PAUSE = 60.0
#: Callers whose tokens are remembered.
_MOST = 1024
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{1,16384}\Z")


class Login:
    """Bearer tokens, in memory alone, one for each caller.

    Source: docs.docker.com/reference/api/hub, ``POST /v2/auth/token``.

    Args:
        clock: Where the time comes from, in seconds; never set back.
        most: Callers whose tokens are remembered.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, most: int = _MOST) -> None:
        self._clock = clock
        self._most = most
        self._tokens: dict[str, tuple[str, float]] = {}
        self._refused: dict[str, tuple[UnauthorizedError, float]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def authorization(self, api: ApiClient, credentials: Credentials) -> str:
        """Return the ``Authorization`` header for a caller; many who ask at once sign in once.

        Raises:
            UnauthorizedError: The secret was refused, or does not suffice; the hint has the next step.
            PortcallError: The login could not be asked.
        """
        token = self._held(credentials)
        if token is None:
            async with self._one_at_a_time:
                token = self._held(credentials) or await self._sign_in(api, credentials)
        return f"Bearer {token}"

    def forget(self, credentials: Credentials, authorization: str) -> None:
        """Drop a token that is refused, unless there is another by now."""
        token, _ = self._tokens.get(credentials.identity, ("", 0.0))
        if authorization == f"Bearer {token}":
            del self._tokens[credentials.identity]

    def _held(self, credentials: Credentials) -> str | None:
        who, now = credentials.identity, self._clock()
        refused, until = self._refused.get(who, (None, 0.0))
        if refused is not None and now < until:
            raise UnauthorizedError(refused.message, hint=refused.hint, registry=refused.registry)
        token, ends = self._tokens.get(who, (None, 0.0))
        return token if now < ends else None

    async def _sign_in(self, api: ApiClient, credentials: Credentials) -> str:
        try:
            token = await _token(api, credentials)
        except UnauthorizedError as error:
            self._remember(self._refused, credentials.identity, (error, self._clock() + _PAUSE))
            raise
        lifetime = own_lifetime(token, time.time()) or _LIFETIME
        ends = self._clock() + lifetime - min(_MARGIN, lifetime / 10)
        self._remember(self._tokens, credentials.identity, (token, ends))
        return token

    def _remember(self, shelf: dict[str, T], who: str, what: T) -> None:
        shelf.pop(who, None)
        shelf[who] = what
        if len(shelf) > self._most:
            del shelf[next(iter(shelf))]


async def _token(api: ApiClient, credentials: Credentials) -> str:
    registry = api.upstream.registry
    if not (credentials.username and credentials.secret):
        raise UnauthorizedError(
            f"the login for {registry} from {credentials.source} lacks the user name or the secret for its API",
            hint="Configure a user name with a password or an access token.",
            registry=registry,
        )
    payload = {"identifier": credentials.username, "secret": credentials.secret}
    reply = await api.post(["v2", "auth", "token"], payload)
    # 400: a secret that is too short to be one (observed).
    if reply.status in {400, 401} and reply.media_type == "application/json":
        raise _refusal(registry, credentials.source, wants_code=_wants_code(reply.body))
    if reply.status == 403:
        raise UnavailableError(
            f"the login of {registry} is refused to programs now",
            hint="A protection against robots stands before it; try again later.",
            registry=registry,
        )
    token = api.object_in(reply, "login").get("access_token")
    if not isinstance(token, str) or not _TOKEN.match(token):
        raise UpstreamError(f"the login of {registry} gave no token", hint="Try again later.", registry=registry)
    return token


def _wants_code(body: bytes) -> bool:
    try:
        return "login_2fa_token" in parse_object(body, "login")
    except PortcallError:
        return False


def _refusal(registry: str, source: str, *, wants_code: bool) -> UnauthorizedError:
    if wants_code:
        return UnauthorizedError(
            f"the account at {registry} has a second factor, so that its password alone does not sign in",
            hint="Use a personal access token in place of the password: app.docker.com, Account settings.",
            registry=registry,
        )
    return UnauthorizedError(
        f"{registry} refused the user name or the secret from {source}",
        hint="Check them, or make a new access token: app.docker.com, Account settings.",
        registry=registry,
    )
