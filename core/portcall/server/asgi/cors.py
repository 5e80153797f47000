"""What browsers are told that ask on behalf of another server's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.server.asgi.authority import header_values

if TYPE_CHECKING:
    from starlette.types import Message, Scope, Send

    from portcall.server.asgi.replies import Headers

#: What MCP clients in browsers send and read beyond what every page may.
_SENT = (
    "accept, authorization, content-type, last-event-id, mcp-method, mcp-name, mcp-protocol-version, "
    "mcp-session-id, traceparent, tracestate, x-request-id"
)
_READ = b"WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Retry-After, X-Request-Id"
#: Headers that carry a tool's arguments; what follows is an argument's name.
_PARAMETER = "mcp-param-"
_MOST_PARAMETERS = 32
#: Seconds for which a browser need not ask again.
_LIFETIME = b"600"


def is_preflight(scope: Scope) -> bool:
    """Tell whether a browser asks what it may ask."""
    return bool(scope["method"] == "OPTIONS" and header_values(scope, b"access-control-request-method"))


async def answer_preflight(scope: Scope, send: Send, origin: str) -> None:
    """Tell a browser what a page of ``origin`` may send."""
    headers: Headers = [
        *_permission(origin),
        # GET and DELETE, too: else a page learns nothing from our 405.
        (b"access-control-allow-methods", b"POST, GET, DELETE"),
        (b"access-control-allow-headers", ", ".join([_SENT, *_parameters(scope)]).encode()),
        (b"access-control-max-age", _LIFETIME),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def permitting(send: Send, origin: str) -> Send:
    """Return a ``send`` that lets a page of ``origin`` read the answer."""

    async def permitted(message: Message) -> None:
        if message["type"] == "http.response.start":
            read = (b"access-control-expose-headers", _READ)
            message = {**message, "headers": [*message.get("headers", ()), *_permission(origin), read]}
        await send(message)

    return permitted


def _permission(origin: str) -> Headers:
    # Without credentials: tokens are sent by the page's script, and there are no cookies at this address.
    return [(b"access-control-allow-origin", origin.encode("ascii")), (b"vary", b"Origin")]


def _parameters(scope: Scope) -> list[str]:
    asked = ",".join(header_values(scope, b"access-control-request-headers")).lower().split(",")
    named = (name.strip() for name in asked)
    return [name for name in named if name.startswith(_PARAMETER) and _is_token(name)][:_MOST_PARAMETERS]


def _is_token(name: str) -> bool:
    return name.isascii() and name.replace("-", "").replace("_", "").isalnum()
