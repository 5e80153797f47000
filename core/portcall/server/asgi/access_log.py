"""A line for every request: who asked what, and how it ended."""

from __future__ import annotations

import logging
import re
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from structlog.contextvars import bound_contextvars

from portcall.logs import get_logger
from portcall.server.asgi.authority import header_values
from portcall.server.asgi.replies import PROBES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = get_logger("portcall.access")

_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_VERSION = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
#: Characters of a path that are shown.
_MOST_SHOWN = 200


def nobody_known(_: Scope) -> str | None:
    """Return no name, where nobody says who they are."""
    return None


class AccessLog:
    """Logs each request once it has ended, and gives it an id that its answer carries.

    Never logged: the query, where codes and tickets stand; headers but the two below; bodies; addresses.

    Args:
        app: What answers the requests.
        name_of: Tells by the scope, after the answer, who asked: as people call them.
        probes: Paths that are asked often, and logged at debug unless they fail.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        name_of: Callable[[Scope], str | None] = nobody_known,
        probes: Collection[str] = PROBES,
    ) -> None:
        self._app = app
        self._name_of = name_of
        self._probes = frozenset(probes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and log it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(_request_id(scope), send)
        started = time.perf_counter()
        try:
            with bound_contextvars(http_request_id=exchange.id):
                await self._app(scope, receive, exchange.send)
        finally:
            self._write_down(scope, exchange, time.perf_counter() - started)

    def _write_down(self, scope: Scope, exchange: _Exchange, seconds: float) -> None:
        status = exchange.status
        is_quiet = scope["path"] in self._probes and status is not None and status < 400
        level = logging.DEBUG if is_quiet else logging.INFO
        if not _log.isEnabledFor(level):
            return
        caller = self._name_of(scope)
        versions = header_values(scope, b"mcp-protocol-version")
        _log.log(
            level,
            "http_request",
            method=escaped(scope["method"]),
            path=escaped(scope["path"]),
            status=status,
            seconds=round(seconds, 4),
            bytes=exchange.bytes,
            caller=None if caller is None else escaped(caller),
            protocol=versions[0] if len(versions) == 1 and _VERSION.fullmatch(versions[0]) else None,
            http_request_id=exchange.id,
            complete=exchange.is_complete,
        )


@dataclass(slots=True)
class _Exchange:
    """What became of a request: no status where nothing was answered, the client having gone, say."""

    id: str
    forward: Send
    status: int | None = None
    bytes: int = 0
    is_complete: bool = False

    async def send(self, message: Message) -> None:
        """Pass a message on, with the id in the head of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            others = [pair for pair in message.get("headers", ()) if pair[0].lower() != b"x-request-id"]
            message = {**message, "headers": [*others, (b"x-request-id", self.id.encode())]}
        await self.forward(message)
        if message["type"] == "http.response.body":
            self.bytes += len(message.get("body", b""))
            self.is_complete = not message.get("more_body", False)


def _request_id(scope: Scope) -> str:
    """Return the id that the request came with, if it looks like one, else a new one."""
    given = header_values(scope, b"x-request-id")
    return given[0] if len(given) == 1 and _REQUEST_ID.fullmatch(given[0]) else secrets.token_hex(8)


def escaped(text: str) -> str:
    """Return ``text`` as a log may show it: cut, and nothing in it moves a terminal's cursor or hides."""
    shown = text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "…"
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in shown)
