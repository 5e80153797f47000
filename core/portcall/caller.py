"""Who asks over HTTP, what they may do, and the registry logins that are their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portcall.http.upstream import Credentials

Scope = Literal["read", "write"]
#: What a token can be good for, in the order in which people are shown them.
SCOPES: tuple[Scope, ...] = ("read", "write")


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sent a request, as far as that was proved.

    Args:
        identity: Tells this caller from all others, the same on every replica; no secret, and in no answer.
        name: What people call them, for the log: a token's name, a subject, a Docker Hub user name.
        scopes: What they may do.
        logins: Their own registry credentials, by registry: ``{"docker.io": …}``. For these registries nobody
            else's are used on their behalf, whatever becomes of their own.
    """

    identity: str
    name: str
    scopes: frozenset[str] = frozenset()
    logins: Mapping[str, Credentials] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    def may(self, scope: Scope) -> bool:
        """Tell whether this caller may use tools of that scope; who may write may read."""
        return scope in self.scopes or (scope == "read" and "write" in self.scopes)


#: Whoever asks where nobody has to say who they are; :class:`portcall.server.asgi` lets them in on purpose alone.
ANYBODY = Caller("anybody", "anybody", frozenset(SCOPES))
