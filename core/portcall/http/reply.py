"""What is asked of an upstream, and what it said."""

from __future__ import annotations

import enum
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portcall.digest import is_digest, matches

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from portcall.http.span import Span
    from portcall.http.upstream import Upstream


class Lifetime(enum.Enum):
    """How long an answer stays true."""

    IMMUTABLE = "immutable"
    """Named by its digest: for ever."""
    BRIEF = "brief"
    """Named by a tag: about a minute."""
    NONE = "none"
    """Not to be kept."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a request sends along; in no log, and in no ``repr``."""

    body: bytes = field(repr=False)
    media_type: str = "application/json"


@dataclass(slots=True)
class Way:
    """How often a request was sent on the way to its reply: tried again, with a token, where a redirect leads."""

    sent: int = 0


def _whole(body: bytes) -> bytes:
    return body


@dataclass(frozen=True, slots=True)
class ResourceRequest:
    """One resource of an upstream.

    Args:
        upstream: The registry being asked.
        url: Absolute; every path segment already encoded.
        method: ``GET`` or ``HEAD``.
        scope: The token scope it needs, e.g. ``"repository:library/nginx:pull"``.
        accept: The ``Accept`` header.
        max_bytes: Ceiling of the body.
        lifetime: How long the answer may be kept.
        digest: What the body must hash to, if known.
        plain: Whether it is sent as it is, its 401 an answer like any other: to a vendor's own API.
        authorization: What it shows of the upstream's credentials, where it is plain.
        content: What it sends along.
        metered: Whether a registry that counts pulls counts this one.
        allowance: By which of its allowances an API that has several counts this one.
        covered: Returns what of a body the digest covers; all of it, but for formats that sign themselves.
        span: Which bytes of it, where a success is to be read as it arrives; ``None`` reads all of it at once.
        derived: Whether its reply is made here of what the registry said, so that no digest vouches for it: a
            store gets it sealed or not at all, lest whoever can write there says what portcall believes.
        redirected: Whether a redirect has led it to where it is sent now.
        way: Counts how often it is sent.
    """

    upstream: Upstream
    url: str
    method: str = "GET"
    scope: str = ""
    accept: str = "*/*"
    max_bytes: int = 1 << 20
    lifetime: Lifetime = Lifetime.NONE
    digest: str | None = None
    plain: bool = False
    authorization: str | None = field(default=None, compare=False, repr=False)
    content: Content | None = field(default=None, compare=False, repr=False)
    metered: bool = False
    allowance: str = ""
    covered: Callable[[bytes], bytes] = field(default=_whole, compare=False, repr=False)
    span: Span | None = None
    derived: bool = False
    redirected: bool = field(default=False, compare=False)
    way: Way | None = field(default=None, compare=False, repr=False)

    def is_answered_by(self, body: bytes) -> bool:
        """Tell whether ``body`` is what the digest names; any is, where there is none."""
        return self.digest is None or matches(self.digest, self.covered(body))

    def is_contradicted_by(self, reply: Reply) -> bool:
        """Tell whether a whole body is not what the reply's own header says that it is."""
        told = reply.headers.get("docker-content-digest", "")
        whole = self.method == "GET" and reply.ok and is_digest(told)
        return whole and not matches(told, self.covered(reply.body))

    @property
    def repository(self) -> str:
        """The repository that its scope names; empty where it is about none."""
        kind, _, rest = self.scope.partition(":")
        return rest.rpartition(":")[0] if kind == "repository" else ""

    @property
    def key(self) -> tuple[str, ...]:
        """Its name in caches and flights: who asks comes first."""
        return (
            self.upstream.identity,
            self.upstream.registry,
            self.method,
            self.url,
            self.accept,
            self.scope,
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole response: status, lower-case headers, body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    url: str = ""
    """Where it came from in the end, after redirects."""
    obtained: float = field(default_factory=time.time, compare=False, repr=False)
    """When, in seconds since 1970."""
    asked_as: str = field(default="", compare=False, repr=False)
    """The identity that it was asked under: whose it is to keep."""

    @property
    def ok(self) -> bool:
        """Whether the status says success."""
        return 200 <= self.status < 300

    @property
    def is_registry(self) -> bool:
        """Whether this, the answer to ``/v2/``, is a registry's: a welcome, or a demand for credentials."""
        return self.status == 401 or (self.ok and not self.body.lstrip().startswith(b"<"))

    @property
    def media_type(self) -> str:
        """The ``Content-Type`` without its parameters, lower-case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()
