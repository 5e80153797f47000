"""MCP's messages as lines of text, in and out, and which of them still wait for an answer."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from typing import TYPE_CHECKING, Any

from portcall.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

#: Longest message, in bytes: far above any real one, far below what would hurt.
MAX_MESSAGE = 16 << 20
#: Seconds that answers may still take once nobody asks any more.
_LAST_ANSWERS = 30.0
_CHUNK = 1 << 16
_log = get_logger("portcall.server")
_ANSWER = re.compile(r'\{"jsonrpc":"2\.0","id":("(?:[^"\\]|\\.)*"|-?[0-9]+),"(?:result|error)"')
#: Requests that are answered when their subscription ends, not before.
_ENDLESS = frozenset({"subscriptions/listen"})


class Unanswered:
    """The requests that wait for an answer, by their ids."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._none_left = asyncio.Event()
        self._none_left.set()
        self._nobody_listens = False

    def asked(self, line: str) -> None:
        """Remember the request in a line, if there is one; forget what is cancelled, for nobody answers it."""
        message = _read(line)
        request, method, params = message.get("id"), message.get("method"), message.get("params")
        if method == "notifications/cancelled" and isinstance(params, dict):
            self._forget(params.get("requestId"))
        elif _is_request(message) and method not in _ENDLESS and not self._nobody_listens:
            self._ids.add(json.dumps(request))
            self._none_left.clear()

    def answered(self, line: str) -> None:
        """Forget the request that a line answers, if it answers one."""
        found = _ANSWER.match(line)
        if found is not None:
            self._forget(json.loads(found[1]))

    def give_up(self) -> None:
        """Forget them all, and all that may still come: nobody listens any more."""
        self._nobody_listens = True
        self._ids.clear()
        self._none_left.set()

    async def wait(self) -> None:
        """Return when nothing is left, or when it takes too long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_ANSWERS):
                await self._none_left.wait()

    def _forget(self, request: Any) -> None:
        self._ids.discard(json.dumps(request))
        if not self._ids:
            self._none_left.set()


def _read(line: str) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


def _is_request(message: dict[str, Any]) -> bool:
    """Tell whether the SDK will answer this; what is malformed, it drops."""
    return (
        message.get("jsonrpc") == "2.0"
        and isinstance(message.get("method"), str)
        and type(message.get("id")) in {int, str}
        and isinstance(message.get("params", {}), dict)
    )


class Lines:
    """Lines of text from a stream. One that is too long is passed over whole, an empty one in its place."""

    def __init__(self, reader: asyncio.StreamReader, unanswered: Unanswered, limit: int = MAX_MESSAGE) -> None:
        self._reader = reader
        self._unanswered = unanswered
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[str]:
        """Yield every line, and the last one even without its end; then wait for the answers."""
        async for line in self._lines():
            text = line.decode("utf-8", "replace")
            self._unanswered.asked(text)
            yield text
        await self._unanswered.wait()

    async def _lines(self) -> AsyncIterator[bytes]:
        parts: list[bytes] = []
        size = 0
        while chunk := await self._reader.read(_CHUNK):
            *ended, rest = chunk.split(b"\n")
            for line in ended:
                parts.append(line)
                size += len(line)
                yield self._line(parts, size)
                parts, size = [], 0
            size += len(rest)
            if size <= self._limit:
                parts.append(rest)
            else:
                parts.clear()
        if size:
            yield self._line(parts, size)

    def _line(self, parts: list[bytes], size: int) -> bytes:
        if size <= self._limit:
            return b"".join(parts)
        # Nothing that starts in the midst of a message may be taken for one.
        _log.warning("message_too_long", bytes=size, most=self._limit)
        return b""


class Output:
    """Text to a stream, held back while the other side does not read; thrown away when it is gone."""

    def __init__(self, writer: asyncio.StreamWriter, unanswered: Unanswered) -> None:
        self._writer = writer
        self._unanswered = unanswered
        self._written: list[str] = []

    async def write(self, text: str) -> None:
        """Take a message."""
        if not self._writer.is_closing():
            self._written.append(text)
            self._writer.write(text.encode())

    async def flush(self) -> None:
        """Return when everything taken is written, or can never be."""
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()
        for text in self._written:
            self._unanswered.answered(text)
        self._written.clear()
