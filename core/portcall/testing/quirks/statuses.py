"""Quirks of statuses: outages, limits, and the many ways to say that something is missing."""

# ruff: noqa: D102 - what a quirk does, its class says.

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import TYPE_CHECKING, ClassVar

from portcall.testing.auth import insufficient_scope
from portcall.testing.quirk import Context, Quirk
from portcall.testing.wire import Reply, error_reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portcall.testing.wire import Kind, Request

_CODES = {401: "UNAUTHORIZED", 403: "DENIED", 404: "NOT_FOUND", 405: "UNSUPPORTED", 429: "TOOMANYREQUESTS"}
_REPOSITORY: frozenset[Kind] = frozenset({"manifest", "blob", "tags", "referrers"})


@dataclass(frozen=True)
class Answer(Quirk):
    """Says what it is told to, whatever was asked.

    ``Answer(503, times=2, retry_after=1)`` is an outage of two requests; ``Answer(200, body=b"[]",
    path="^GET /api/v2.0/projects")`` stands in for an endpoint of a vendor's own.

    Args:
        status: The status.
        body: The body; the specification's error body where ``None``.
        content_type: Of the body.
        headers: Further headers.
        retry_after: Seconds for ``Retry-After``.
        as_date: Writes ``Retry-After`` as an HTTP date.
    """

    status: int = 503
    body: bytes | None = None
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after: float | None = None
    as_date: bool = False

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        code = _CODES.get(self.status, "UNKNOWN")
        said = error_reply(self.status, code, "as the test asked for")
        if self.body is not None:
            said = Reply(status=self.status, headers={"Content-Type": self.content_type}, body=self.body)
        return said.with_headers({"Retry-After": self._wait(), **self.headers})

    def _wait(self) -> str | None:
        if self.retry_after is None:
            return None
        if self.as_date:
            return formatdate(time.time() + self.retry_after, usegmt=True)
        return f"{self.retry_after:g}"


@dataclass(frozen=True)
class RateLimit(Quirk):
    """Pulls are counted, announced, and refused once there were too many.

    Seen: Docker Hub: ``ratelimit-limit: 100;w=21600`` on GET and HEAD; only GET counts; 429 TOOMANYREQUESTS.
    """

    limit: int = 100
    window: int = 21600  #: Seconds.
    source: str = "203.0.113.7"

    kinds: ClassVar[frozenset[Kind] | None] = frozenset({"manifest"})

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if reply.status == 401:
            return reply
        used = context.metered + (request.method == "GET" and reply.status in {200, 206})
        headers = {
            "ratelimit-limit": f"{self.limit};w={self.window}",
            "ratelimit-remaining": f"{max(self.limit - used, 0)};w={self.window}",
            "docker-ratelimit-source": self.source,
        }
        if used > self.limit:
            message = (
                "You have reached your pull rate limit. You may increase the limit by authenticating and "
                "upgrading: https://www.docker.com/increase-rate-limit"
            )
            return error_reply(429, "TOOMANYREQUESTS", message, headers=headers)
        return reply.with_headers(headers)


@dataclass(frozen=True)
class MissingIsUnauthorized(Quirk):
    """A repository that does not exist is answered 401, as if it were private.

    Seen: Docker Hub (with ``error="insufficient_scope"``, even to a fresh token; binderhub#1664), Quay.
    """

    kinds: ClassVar[frozenset[Kind] | None] = _REPOSITORY

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if reply.code != "NAME_UNKNOWN":
            return reply
        return insufficient_scope(request, context.auth)


@dataclass(frozen=True)
class OddNotFound(Quirk):
    """404 does not look like the specification's.

    Args:
        body: ``b"Not found"`` as registry.redhat.io; ``b'{"code":"404"}'``; an HTML page; nothing.
        content_type: Of the body; empty: none.
    """

    body: bytes = b"404 page not found\n"
    content_type: str = "text/plain; charset=utf-8"

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if reply.status != 404:
            return reply
        headers = {"Content-Type": self.content_type} if self.content_type else {}
        return Reply(status=404, headers=headers, body=self.body)


@dataclass(frozen=True)
class OtherErrorCode(Quirk):
    """Errors keep their form and carry a code of the registry's own.

    Seen: Harbor and ECR Public ``NOT_FOUND``, Quay ``TAG_EXPIRED``, registry.redhat.io ``"404"``;
    docker-registry says MANIFEST_UNKNOWN for a repository that does not exist.
    """

    code: str = "NOT_FOUND"
    instead_of: str = "MANIFEST_UNKNOWN"

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if reply.code != self.instead_of:
            return reply
        body = {"errors": [{"code": self.code, "message": "not found"}]}
        return replace(reply, body=json.dumps(body).encode(), code=self.code)
