"""Bearer tokens of hub.docker.com: JWTs of ten minutes."""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING

import jwt
from tests.doubles.dockerhub.accounts import Caller

if TYPE_CHECKING:
    from collections.abc import Callable

    from portcall.testing.wire import Request

#: hub-spec, AuthCreateTokenResponse: "This expires in 10 minutes."
LIFETIME = 600


class HubTokens:
    """Tokens that were issued; all others are worth nothing.

    Attributes:
        lifetime: Seconds that the next ones live.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.lifetime = LIFETIME
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._callers: dict[str, tuple[Caller, float]] = {}

    def issue(self, caller: Caller) -> str:
        """Return a token; its claims are those of a real one (mongodb/kingfisher#202, 2026-01)."""
        now = int(self._clock())
        session = str(uuid.uuid4())
        claims = {
            "aud": "https://hub.docker.com",
            "exp": now + self.lifetime,
            # hub-mcp reads the user's name here.
            "https://hub.docker.com": {
                "email": f"{caller.name}@example.com",
                "roles": [],
                "session_id": session,
                "source": caller.source,
                "username": caller.name,
                "uuid": caller.uuid,
            },
            "iat": now,
            "iss": "https://api.docker.com/",
            "jti": session,
            "scope": caller.scope,
            "sub": caller.uuid,
        }
        token = jwt.encode(claims, self._key, algorithm="HS256")
        self._callers[token] = (caller, now + self.lifetime)
        return token

    def caller(self, request: Request) -> Caller | None:
        """Return whose token a request carries; ``None`` where it is expired, foreign or no token at all."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        caller, ends = self._callers.get(value, (None, 0.0))
        return caller if scheme == "Bearer" and self._clock() < ends else None

    def revoke(self) -> None:
        """Let every token issued so far be refused."""
        self._callers.clear()
