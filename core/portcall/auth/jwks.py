"""An issuer's key set: which of its keys can be used, and with what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from portcall.errors import UpstreamError

if TYPE_CHECKING:
    from collections.abc import Mapping

PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey

#: What a key can be used with, by its type and curve. No HS256 and the like, whose keys anybody could read in the
#: set, and no "none".
_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_CURVES = {"P-256": ("ES256",), "P-384": ("ES384",), "P-521": ("ES512",), "Ed25519": ("EdDSA",)}
ALGORITHMS = frozenset((*_RSA, *(name for names in _CURVES.values() for name in names)))
#: Bits of RSA keys: fewer are no protection, more take too long for every request.
_RSA_BITS = range(2048, 8192 + 1)
#: Characters of a key's number; those of 8192 bits have 1366.
_MAX_NUMBER = 2048
#: Most keys read; issuers publish one to a dozen.
_MAX_KEYS = 200


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A public key, and the algorithms that it may be used with: the token's own word counts for nothing."""

    key: PublicKey
    algorithms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeySet:
    """An issuer's public keys by what tokens call them; ``None`` for those without an id."""

    keys: Mapping[str | None, tuple[VerificationKey, ...]]

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> KeySet:
        """Return the keys of a set that can be used; what cannot be, and what is there twice, is passed over.

        Raises:
            UpstreamError: It is no key set.
        """
        listed = content.get("keys")
        if not isinstance(listed, list):
            raise UpstreamError("the issuer's key set lists no keys")
        keys: dict[str | None, tuple[VerificationKey, ...]] = {}
        for data in listed[:_MAX_KEYS]:
            key = read_key(data)
            if key is None:
                continue
            name = data.get("kid")
            others = keys.get(name, ())
            # RFC 7517 lets keys of different types share an id.
            if name is None or not any(set(key.algorithms) & set(other.algorithms) for other in others):
                keys[name] = (*others, key)
        return cls(keys)

    def find(self, kid: str | None, algorithm: str) -> VerificationKey | None:
        """Return the key for a token's ``kid`` and ``alg``; without ``kid``, the only one that it can be."""
        named = self.keys.get(kid, ()) if kid is not None else [key for keys in self.keys.values() for key in keys]
        found = [key for key in named if algorithm in key.algorithms]
        return found[0] if len(found) == 1 else None


def read_key(data: object) -> VerificationKey | None:
    """Return a JSON Web Key that signatures can be verified with; ``None`` for any other. Never raises."""
    if not isinstance(data, dict) or not _is_for_signatures(data):
        return None
    numbers = {name: data[name] for name in ("kty", "crv", "n", "e", "x", "y") if name in data}
    if not all(isinstance(number, str) and len(number) <= _MAX_NUMBER for number in numbers.values()):
        return None
    algorithms: tuple[str, ...] = _RSA if data.get("kty") == "RSA" else _CURVES.get(data.get("crv", ""), ())
    if "alg" in data:
        algorithms = tuple(name for name in algorithms if name == data["alg"])
    if not algorithms:
        return None
    try:
        key = jwt.PyJWK(numbers, algorithms[0]).key
    except (jwt.PyJWTError, UnsupportedAlgorithm, ValueError, TypeError, LookupError):
        return None
    if not isinstance(key, PublicKey) or (isinstance(key, RSAPublicKey) and key.key_size not in _RSA_BITS):
        return None
    return VerificationKey(key, algorithms)


def _is_for_signatures(data: Mapping[str, Any]) -> bool:
    """Tell whether a key is meant for them, and is public: with a private one in the set anybody could sign."""
    operations = data.get("key_ops", ["verify"])
    meant = data.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations
    return meant and isinstance(data.get("kid"), str | None) and not {"d", "k"} & data.keys()
