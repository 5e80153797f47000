"""Mode ``jwt``: callers are let in by the tokens of an issuer that the operator trusts."""

from __future__ import annotations

import base64
import copy
import json
from typing import TYPE_CHECKING, Any

import jwt

from portcall.auth.caller_token import CallerToken
from portcall.auth.claims import caller_of, client_of
from portcall.auth.discovery import IssuerSite
from portcall.auth.issuer_keys import IssuerKeys
from portcall.auth.jwks import ALGORITHMS
from portcall.errors import ConfigurationError
from portcall.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import Self

    from portcall.auth.jwks import VerificationKey
    from portcall.settings import Settings

#: Characters of a token that is looked at; real ones have one or two thousand.
MAX_CHARACTERS = 16 * 1024
#: Seconds by which the issuer's clock and ours may differ.
LEEWAY = 30
#: Kinds of tokens that may be shown here; an issuer's keys also sign others, such as notices of logouts.
_KINDS = frozenset({"jwt", "at+jwt", "application/jwt", "application/at+jwt"})
_REQUIRED = ("iss", "aud", "exp", "sub")
#: The last second of the year 9999.
_LATEST = 253_402_300_799

_log = get_logger("portcall.auth.jwt")


class _RefusedError(Exception):
    """A token is not good; the message says why, for the log. Never leaves this module."""


class JwtVerifier:
    """Verifies an issuer's tokens for one audience.

    Source: RFC 8725 (best current practices), RFC 9068 (access tokens).

    Args:
        issuer: What ``iss`` has to be, to the letter.
        audience: What ``aud`` has to be, or to hold.
        keys: The issuer's.
        closing: Called when the verifier is closed: what the keys were fetched with.
    """

    def __init__(
        self, issuer: str, audience: str, keys: IssuerKeys, closing: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self.issuer = issuer
        self._audience = audience
        self._keys = keys
        self._closing = closing

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the verifier that the configuration asks for; it has connections of its own.

        Raises:
            ConfigurationError: A key is missing, or no address.
        """
        # Late: httpx and aiohttp are not needed by the other modes' servers until somebody asks a registry.
        from portcall.http.cache import MemoryCache
        from portcall.http.client import HttpClient
        from portcall.http.policy import HostPolicy
        from portcall.http.pools import ConnectionPools
        from portcall.http.replies import ReplyCache

        auth = settings.auth
        for key, told in (("issuer", auth.issuer), ("audience", auth.audience)):
            if not told:
                raise ConfigurationError(
                    f'auth.mode is "jwt", and auth.{key} is not set',
                    hint="Set auth.issuer to what tokens have as iss, and auth.audience to what they have as aud.",
                )
        # The issuer is no registry: allow_hosts, which says what callers may ask, does not speak of it.
        policy = HostPolicy(deny=settings.network.deny_hosts)
        pools = ConnectionPools(policy, settings.surroundings.proxies, connections_per_host=2)
        http = HttpClient(pools, ReplyCache(MemoryCache(0)), policy)
        site = IssuerSite(http, auth.issuer, auth.jwks_url)
        if site.is_plain:
            _log.warning("issuer_keys_by_plain_http", advice="whoever is on the way there can let themselves in")
        return cls(auth.issuer, auth.audience, IssuerKeys(site.keys), http.aclose)

    async def prepare(self) -> None:
        """Fetch the keys beforehand: so that the first caller need not wait, and the log tells what is wrong.

        Raises:
            UnreachableError: They cannot be had now; the verifier goes on trying.
        """
        await self._keys.refresh()
        if self._keys.failure is not None:
            raise copy.copy(self._keys.failure)

    async def check(self) -> None:
        """Return where the issuer's keys could be had when they were last asked for.

        Raises:
            PortcallError: They could not; those of before are used for a day, if there are any.
        """
        if self._keys.failure is not None:
            raise self._keys.failure

    async def verify_token(self, token: str) -> CallerToken | None:
        """Return whose token it is; ``None`` where it is not good.

        Raises:
            UnreachableError: Nobody can tell: the issuer's keys cannot be had now.
        """
        try:
            kid, algorithm = _header(token)
            key = await self._keys.find(kid, algorithm)
            if key is None:
                raise _RefusedError("the issuer has no such key, or several")  # noqa: TRY301 - one place tells of them all
            claims = self._claims(token, key)
        except _RefusedError as refusal:
            _log.info("token_refused", reason=str(refusal))
            return None
        caller = caller_of(claims, self.issuer)
        return CallerToken.of(
            caller,
            token,
            client_id=client_of(claims, caller.identity),
            # The SDK looks at it again, without any leeway.
            expires_at=min(int(claims["exp"]) + LEEWAY, _LATEST),
            resource=self._audience,
        )

    async def aclose(self) -> None:
        """Stop what is under way, and close the connections."""
        await self._keys.aclose()
        if self._closing is not None:
            await self._closing()

    def _claims(self, token: str, key: VerificationKey) -> Mapping[str, Any]:
        """Return what a token says, once it is verified.

        Raises:
            _RefusedError: It is not good.
        """
        try:
            claims = jwt.decode(
                token,
                key.key,
                algorithms=list(key.algorithms),
                issuer=self.issuer,
                audience=self._audience,
                leeway=LEEWAY,
                options={"require": list(_REQUIRED)},
            )
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise _RefusedError(type(error).__name__) from None
        for name in ("exp", "nbf", "iat"):
            # The library also takes "1700000000" and true.
            if name in claims and (isinstance(claims[name], bool) or not isinstance(claims[name], int | float)):
                raise _RefusedError(f"{name} is no number")
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise _RefusedError("sub is no text, or an empty one")
        return claims


def _header(token: str) -> tuple[str | None, str]:
    """Return ``kid`` and ``alg`` of a token whose header has nothing against it.

    What else it says of keys (``jku``, ``x5u``, ``jwk``, ``x5c``) is whatever a forger likes: nobody reads it.

    Raises:
        _RefusedError: Something is wrong with it.
    """
    if len(token) > MAX_CHARACTERS:
        raise _RefusedError("it is too long")
    if not token.isascii() or token.count(".") != 2:
        raise _RefusedError("it is no signed JWT")
    segment = token.partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise _RefusedError("its header is no JSON object")
    algorithm, kid, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise _RefusedError("its algorithm is not accepted")
    if not isinstance(kind, str) or kind.lower() not in _KINDS:
        raise _RefusedError("it is a token of another kind")
    if "crit" in header or "b64" in header:
        raise _RefusedError("it demands what is not understood here")
    if not isinstance(kid, str | None):
        raise _RefusedError("its kid is no text")
    return kid, algorithm
