"""What is answered before MCP has a word: refusals, as JSON like the tools' errors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from portcall.errors import (
    BlockedError,
    DeadlineExceededError,
    ForbiddenError,
    InvalidArgumentError,
    RateLimitedError,
    TooLargeError,
    UnavailableError,
    UnsupportedError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.types import Send

#: Paths that machines ask about this server's health, by its address and often.
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
MCP_PATH = "/mcp"

_KINDS = {
    400: InvalidArgumentError,
    403: ForbiddenError,
    405: UnsupportedError,
    408: DeadlineExceededError,
    413: TooLargeError,
    421: BlockedError,
    429: RateLimitedError,
    503: UnavailableError,
}

Headers = list[tuple[bytes, bytes]]


async def refuse(
    send: Send,
    status: int,
    message: str,
    hint: str,
    *,
    retry_after: int | None = None,
    headers: Headers | None = None,
) -> None:
    """Answer with an error of the kind that ``status`` stands for.

    Args:
        send: The request's.
        status: The HTTP status: one of those above.
        message: What is wrong: a clause without its full stop, and without anything that was sent.
        hint: The next step, whole sentences.
        retry_after: Seconds until another try makes sense.
        headers: More headers.
    """
    error: dict[str, Any] = {"code": _KINDS[status].code, "message": message, "hint": hint}
    more: Headers = list(headers or ())
    if retry_after is not None:
        error["retry_after"] = retry_after
        more.append((b"retry-after", str(retry_after).encode()))
    await reply(send, status, {"error": error}, more)


async def reply(
    send: Send, status: int, body: Mapping[str, Any], headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Answer with a JSON document that nobody keeps."""
    content = json.dumps(body, separators=(",", ":")).encode()
    always: Headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": [*always, *headers]})
    await send({"type": "http.response.body", "body": content})
