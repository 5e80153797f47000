"""Bearer tokens of a fake registry: JWTs that only the service which made them accepts."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows.

    Attributes:
        user: Whose it is; ``""`` is anybody's.
        scopes: E.g. ``{"repository:shop/api:pull"}``.
        expires: When it ends, in seconds since 1970.
    """

    user: str
    scopes: frozenset[str]
    expires: float


@dataclass(slots=True)
class TokenBook:
    """The tokens that were issued; unknown and revoked ones allow nothing."""

    clock: Callable[[], float]
    _grants: dict[str, Grant] = field(default_factory=dict, repr=False)
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def issue(self, user: str, scopes: Iterable[str], lifetime: float) -> str:
        """Return a new token; its ``exp`` claim is the truth, whatever the answer around it says."""
        now = self.clock()
        grant = Grant(user, frozenset(scopes), now + lifetime)
        claims = {
            "sub": user,
            "iat": int(now),
            "exp": int(grant.expires),
            "jti": secrets.token_hex(8),
            "access": [_access(scope) for scope in sorted(grant.scopes)],
        }
        unsigned = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
        token = f"{unsigned}.{_base64url(hmac.digest(self._key, unsigned.encode(), hashlib.sha256))}"
        self._grants[token] = grant
        return token

    def grant(self, token: str) -> Grant | None:
        """Return what a token allows, or ``None`` where it is unknown, revoked or past its time."""
        grant = self._grants.get(token)
        return grant if grant is not None and self.clock() < grant.expires else None

    def revoke_all(self) -> None:
        """Let every token issued so far be refused."""
        self._grants.clear()

    @property
    def issued(self) -> tuple[Grant, ...]:
        """What the tokens that were not revoked allow, oldest first."""
        return tuple(self._grants.values())


def _access(scope: str) -> dict[str, object]:
    kind, _, rest = scope.partition(":")
    name, _, actions = rest.rpartition(":")
    return {"type": kind, "name": name, "actions": actions.split(",")}


def _part(document: object) -> str:
    return _base64url(json.dumps(document, separators=(",", ":")).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
