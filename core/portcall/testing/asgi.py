"""The thin layer between :mod:`portcall.testing.wire` and an ASGI server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

from portcall.testing.wire import Delivery, Reply, Request

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: ``scope["extensions"]`` entry that :func:`portcall.testing.serve` adds: closes the connection.
HANG_UP = "portcall.hang_up"

_SLICE = 65536


async def read_request(scope: Scope, receive: Receive) -> Request:
    """Return the request of an ASGI ``http`` scope, with its whole body."""
    headers: dict[str, str] = {}
    for key, value in scope["headers"]:
        name, text = key.decode("latin-1").lower(), value.decode("latin-1")
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    raw = scope.get("raw_path") or scope["path"].encode()
    return Request(
        method=scope["method"],
        # Servers disagree on whether raw_path holds the query.
        path=raw.decode("latin-1").partition("?")[0],
        query=scope.get("query_string", b"").decode("latin-1"),
        headers=headers,
        body=await _read_body(receive),
        scheme=scope.get("scheme", "http"),
    )


async def _read_body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return body
        part: bytes = message.get("body", b"")
        body += part
        if not message.get("more_body", False):
            return body


async def live(receive: Receive, send: Send) -> None:
    """Answer the ``lifespan`` scope: there is nothing to set up or to take down."""
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return


async def deliver(reply: Reply, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a reply, the way its :class:`Delivery` says."""
    how = reply.delivery
    if how.delay:
        await asyncio.sleep(how.delay)
    if how.stall_after == -1:
        await _until_gone(receive)
    elif how.cut_after == -1:
        await _hang_up(scope, receive)
    else:
        await _deliver_parts(reply, request, scope, receive, send)


async def _deliver_parts(reply: Reply, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
    how = reply.delivery
    await send({"type": "http.response.start", "status": reply.status, "headers": _head(reply)})
    if not await _send_slices(reply, request, receive, send):
        return
    if how.stall_after is not None:
        await _until_gone(receive)
    elif how.cut_after is not None:
        await _hang_up(scope, receive)
    else:
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _send_slices(reply: Reply, request: Request, receive: Receive, send: Send) -> bool:
    """Send the body, or as much of it as is to be sent; return whether the client is still there."""
    how = reply.delivery
    sent = 0
    limit = _limit(how)
    # What takes its time, or never ends, ends with the client: servers take what they cannot send for sent.
    gone = asyncio.ensure_future(_until_gone(receive)) if how.pieces or how.pause else None
    try:
        for part in () if request.method == "HEAD" else _slices(reply):
            piece = part if limit is None else part[: limit - sent]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            sent += len(piece)
            if sent == limit:
                break
            if gone is not None:
                await asyncio.sleep(how.pause)
                if gone.done():
                    return False
    finally:
        if gone is not None:
            gone.cancel()
    return True


def _limit(how: Delivery) -> int | None:
    return how.stall_after if how.stall_after is not None else how.cut_after


def _head(reply: Reply) -> list[tuple[bytes, bytes]]:
    how = reply.delivery
    headers = dict(reply.headers)
    bodiless = reply.status in {204, 304}
    if how.announced and not bodiless and reply.header("Content-Length") is None:
        length = len(reply.body) if how.length is None else how.length
        headers["Content-Length"] = str(length)
    return [
        (name.lower().encode("latin-1"), line.encode("latin-1"))
        for name, value in headers.items()
        for line in value.split("\n")
    ]


def _slices(reply: Reply) -> Iterator[bytes]:
    how = reply.delivery
    size = how.slice or _SLICE
    for part in how.pieces() if how.pieces else (reply.body,):
        for at in range(0, len(part), size):
            yield part[at : at + size]


async def _until_gone(receive: Receive) -> None:
    """Wait until the client leaves, or the server cancels."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _hang_up(scope: Scope, receive: Receive) -> None:
    hang_up = scope.get("extensions", {}).get(HANG_UP)
    if hang_up is None:
        raise ConnectionResetError("portcall.testing: this connection was to be dropped")
    hang_up()
    await _until_gone(receive)
