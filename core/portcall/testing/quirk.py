"""What a quirk is, and when it shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from portcall.testing.auth import Auth
    from portcall.testing.store import Store
    from portcall.testing.wire import Kind, Reply, Request


@dataclass(frozen=True, slots=True)
class Context:
    """What a quirk may know of the registry.

    Attributes:
        store: What the registry holds.
        metered: Manifests pulled so far (``GET``, answered 200), without the request at hand.
        auth: How it asks for credentials.
    """

    store: Store
    metered: int
    auth: Auth


@dataclass(frozen=True, kw_only=True)
class Quirk:
    """One way in which registries differ from the specification, or break.

    A quirk of your own overrides :meth:`spoil`::

        @dataclass(frozen=True)
        class Teapot(Quirk):
            def spoil(self, request, reply, context):
                return replace(reply, status=418)

    Args:
        path: Shows only where this regular expression is found in ``"GET /v2/shop/api/tags/list?n=5"``.
        times: Shows so many times at most.
        skip: Lets so many occasions pass first.
    """

    path: str = ""
    times: int | None = None
    skip: int = 0

    #: The kinds of request that it can touch; ``None``: all.
    kinds: ClassVar[frozenset[Kind] | None] = None

    def concerns(self, request: Request) -> bool:
        """Tell whether a request is of the right kind and path."""
        if self.kinds is not None and request.kind not in self.kinds:
            return False
        return not self.path or re.search(self.path, f"{request.method} {request.target}") is not None

    def adjust(self, request: Request) -> Request:
        """Return the request as the registry is to understand it; not limited by ``times`` and ``skip``."""
        return request

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        """Return what is said instead of ``reply``; ``reply`` itself where there is no occasion."""
        return reply


class ArmedQuirk:
    """A quirk in use: counts its occasions.

    Attributes:
        quirk: The quirk.
        fired: How often it showed.
    """

    def __init__(self, quirk: Quirk) -> None:
        self.quirk = quirk
        self.fired = 0
        self._occasions = 0

    def adjust(self, request: Request) -> Request:
        """Apply the quirk to a request."""
        return self.quirk.adjust(request) if self.quirk.concerns(request) else request

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        """Apply the quirk to an answer, if it is its turn."""
        quirk = self.quirk
        if not quirk.concerns(request) or (quirk.times is not None and self.fired >= quirk.times):
            return reply
        spoiled = quirk.spoil(request, reply, context)
        if spoiled is reply:
            return reply
        self._occasions += 1
        if self._occasions <= quirk.skip:
            return reply
        self.fired += 1
        return spoiled


def is_good(reply: Reply) -> bool:
    """Tell whether a reply is a success with content."""
    return reply.status in {200, 206}
