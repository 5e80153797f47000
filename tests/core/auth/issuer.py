"""An issuer of tokens, served on loopback: keys of its own, metadata, and whatever goes wrong with them."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from portcall.auth.discovery import IssuerSite
from portcall.auth.issuer_keys import IssuerKeys
from portcall.auth.jwt import JwtVerifier
from portcall.http.cache import MemoryCache
from portcall.http.client import HttpClient
from portcall.http.policy import HostPolicy
from portcall.http.pools import ConnectionPools
from portcall.http.replies import ReplyCache
from portcall.testing import RecordingServer
from portcall.testing.wire import Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from portcall.testing.wire import Request

AUDIENCE = "https://portcall.corp.example/mcp"
JWKS, OPENID, OAUTH = "/keys", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"

_MAKERS: dict[str, Callable[[], Any]] = {
    "RSA": lambda: rsa.generate_private_key(65537, 2048),
    "RSA-1024": lambda: rsa.generate_private_key(65537, 1024),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ES512": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ES256K": lambda: ec.generate_private_key(ec.SECP256K1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


@dataclass(frozen=True)
class SigningKey:
    """A private key, and what tokens call it."""

    private: Any
    kid: str | None = "one"

    def jwk(self, **changes: Any) -> dict[str, Any]:
        """Return the public key as sets have it; ``None`` takes a member away."""
        public = self.private.public_key()
        kinds = {
            rsa.RSAPublicKey: jwt.algorithms.RSAAlgorithm,
            ec.EllipticCurvePublicKey: jwt.algorithms.ECAlgorithm,
            ed25519.Ed25519PublicKey: jwt.algorithms.OKPAlgorithm,
        }
        (kind,) = (maker for type_, maker in kinds.items() if isinstance(public, type_))
        data = {**kind.to_jwk(public, as_dict=True), "use": "sig", "kid": self.kid, **changes}
        data.pop("key_ops", None) if "key_ops" not in changes else None
        return {name: value for name, value in data.items() if value is not None}


@cache
def key(kind: str = "RSA", kid: str | None = "one", copy: int = 0) -> SigningKey:
    """Return a key, the same one each time: making one takes a while. Another ``copy`` is another key."""
    return SigningKey(_MAKERS[kind](), kid)


class Issuer(RecordingServer):
    """Serves a key set and both kinds of metadata; each answer can be replaced by another."""

    def __init__(self, *keys: SigningKey) -> None:
        super().__init__()
        self.max_age: int | None = None
        self.answers: dict[str, Reply] = {}
        self.publish(*keys)

    def publish(self, *keys: SigningKey | dict[str, Any]) -> None:
        """Let the key set be these."""
        self.keys: list[Any] = [each.jwk() if isinstance(each, SigningKey) else each for each in keys]

    @property
    def url(self) -> str:
        return self.address.url

    @property
    def fetches(self) -> int:
        """How often the key set was asked for."""
        return sum(request.path == JWKS for request in self.requests)

    def metadata(self, **changes: Any) -> Reply:
        return json_reply({"issuer": self.url, "jwks_uri": f"{self.url}{JWKS}", **changes})

    def token(self, signer: SigningKey | None = None, algorithm: str = "RS256", **changes: Any) -> str:
        """Return a token that is good but for what is changed; ``None`` takes a claim away.

        Args:
            signer: The key.
            algorithm: As the header says.
            changes: Claims; under ``headers``, headers. A timedelta is that long from now.
        """
        signer, now = signer or key(), int(time.time())
        headers = {"kid": signer.kid, **changes.pop("headers", {})}
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "ada",
            "iat": now,
            "exp": now + 600,
            "scope": "openid read",
            **changes,
        }
        return jwt.encode(
            {name: _from(now, value) for name, value in claims.items() if value is not None},
            signer.private,
            algorithm,
            {name: value for name, value in headers.items() if value is not None},
        )

    def _good_answer(self, request: Request) -> Reply:
        headers = {"Cache-Control": f"public, max-age={self.max_age}"} if self.max_age is not None else {}
        answers = {
            JWKS: Reply(
                headers={"Content-Type": "application/json", **headers},
                body=json.dumps({"keys": self.keys}).encode(),
            ),
            OPENID: Reply(status=404),
            OAUTH: self.metadata(),
            **self.answers,
        }
        return answers.get(request.path, Reply(status=404))


def _from(now: int, value: Any) -> Any:
    return now + int(value.total_seconds()) if isinstance(value, timedelta) else value


@contextlib.asynccontextmanager
async def http_client() -> AsyncIterator[HttpClient]:
    """Open the HTTP layer."""
    policy = HostPolicy()
    http = HttpClient(ConnectionPools(policy, {}, 2), ReplyCache(MemoryCache(0)), policy)
    try:
        yield http
    finally:
        await http.aclose()


@contextlib.asynccontextmanager
async def verifying(
    issuer: Issuer, *, jwks_url: str | None = None, name: str | None = None, **options: Any
) -> AsyncIterator[JwtVerifier]:
    """Open a verifier of that issuer's tokens.

    Args:
        issuer: Served already.
        jwks_url: Where the keys are; the issuer's own place for them by default.
        name: What the issuer is configured as; its address by default.
        options: Of :class:`IssuerKeys`.
    """
    name = issuer.url if name is None else name
    async with http_client() as http:
        site = IssuerSite(http, name, f"{issuer.url}{JWKS}" if jwks_url is None else jwks_url)
        verifier = JwtVerifier(name, AUDIENCE, IssuerKeys(site.keys, **options))
        try:
            yield verifier
        finally:
            await verifier.aclose()
