"""Requests and answers of the fake servers, free of any framework."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: What a request asks for.
Kind = Literal["ping", "manifest", "blob", "tags", "referrers", "catalog", "search", "token", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it arrived, and what it asks for.

    Attributes:
        method: ``GET``, ``HEAD`` …
        path: Exactly as sent, percent-encoding included.
        query: Exactly as sent, without the ``?``.
        headers: Names in lower case.
        body: The whole body.
        scheme: ``http`` or ``https``.
        kind: What it asks for.
        repository: The repository that the path names, or ``""``.
        reference: The tag or digest that the path names, or ``""``.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    scheme: str = "http"
    kind: Kind = "other"
    repository: str = ""
    reference: str = ""

    @property
    def target(self) -> str:
        """Path and query as they stood in the request line."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def host(self) -> str:
        """The ``Host`` header."""
        return self.headers.get("host", "localhost")

    @property
    def parameters(self) -> dict[str, list[str]]:
        """The query, decoded."""
        return parse_qs(self.query, keep_blank_values=True)

    def parameter(self, name: str) -> str | None:
        """Return the first value of a query parameter."""
        return self.parameters.get(name, [None])[0]

    @property
    def accepts(self) -> frozenset[str]:
        """Media types of the ``Accept`` header, without their parameters."""
        parts = self.headers.get("accept", "").split(",")
        return frozenset(part.partition(";")[0].strip() for part in parts) - {""}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest(Request):
    """A request that was answered, as :attr:`FakeRegistry.requests` lists it.

    Attributes:
        status: What it was answered with.
        at: When, by ``time.monotonic()``.
    """

    status: int
    at: float = 0.0

    @classmethod
    def of(cls, request: Request, status: int) -> RecordedRequest:
        """Return the record of a request and its answer's status."""
        fields = {name: getattr(request, name) for name in Request.__slots__}
        return cls(**fields, status=status, at=time.monotonic())

    @property
    def authorization(self) -> str | None:
        """The whole ``Authorization`` header, or ``None`` where none was sent."""
        return self.headers.get("authorization")

    @property
    def scheme_used(self) -> str | None:
        """``"basic"``, ``"bearer"``, …: the authentication scheme, in lower case; ``None`` where none was sent."""
        return None if self.authorization is None else self.authorization.partition(" ")[0].lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How an answer travels; the default is at once and whole.

    Attributes:
        delay: Seconds before the first byte.
        length: Content-Length to announce; ``None`` for the true one.
        announced: Whether there is a Content-Length at all (chunked otherwise).
        pieces: Makes the body, instead of the bytes at hand; may be endless.
        stall_after: Bytes of the body after which nothing more comes; -1: not even the head.
        cut_after: Bytes of the body after which the connection closes; -1: before the head.
        slice: Bytes to send at a time.
        pause: Seconds between slices.
    """

    delay: float = 0.0
    length: int | None = None
    announced: bool = True
    pieces: Callable[[], Iterator[bytes]] | None = None
    stall_after: int | None = None
    cut_after: int | None = None
    slice: int | None = None
    pause: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer.

    Attributes:
        status: The HTTP status.
        headers: In the order of sending; Content-Length is added on delivery. A value of several
            lines is sent as several headers of that name.
        body: The bytes.
        code: The registry error code inside, if it is an error.
        delivery: How it travels.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    code: str | None = None
    delivery: Delivery = field(default_factory=Delivery)

    def header(self, name: str) -> str | None:
        """Return a header's value, whatever the case of its name."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), None)

    def with_headers(self, headers: Mapping[str, str | None]) -> Reply:
        """Return the reply with headers set, or dropped where ``None``."""
        named = {name.lower() for name in headers}
        kept = {key: value for key, value in self.headers.items() if key.lower() not in named}
        fresh = {name: value for name, value in headers.items() if value is not None}
        return replace(self, headers={**kept, **fresh})

    def with_body(self, body: bytes, content_type: str | None = None) -> Reply:
        """Return the reply with another body and, where given, another Content-Type."""
        changed = replace(self, body=body)
        return changed if content_type is None else changed.with_headers({"Content-Type": content_type})

    def delivered(self, **how: Any) -> Reply:
        """Return the reply with parts of its :class:`Delivery` changed."""
        return replace(self, delivery=replace(self.delivery, **how))

    @property
    def document(self) -> Any:
        """The body read as JSON, or ``None`` where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def json_reply(document: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Return a JSON answer."""
    content_type = {"Content-Type": "application/json"}
    return Reply(status=status, headers={**content_type, **(headers or {})}, body=json.dumps(document).encode())


def error_reply(
    status: int,
    code: str,
    message: str,
    *,
    detail: object = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Return an error in the distribution specification's form: ``{"errors": [{"code", "message", …}]}``."""
    error: dict[str, object] = {"code": code, "message": message}
    if detail is not None:
        error["detail"] = detail
    return replace(json_reply({"errors": [error]}, status=status, headers=headers), code=code)
