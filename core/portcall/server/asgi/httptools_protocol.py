"""uvicorn's faster HTTP, where ``httptools`` is installed, with the same clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from portcall.server.asgi.protocol import HEAD_PATIENCE, MOST_HEAD_BYTES, HeadTimer

if TYPE_CHECKING:
    import asyncio


class PunctualHttpTools(HttpToolsProtocol):
    """uvicorn's own protocol, with a timer, and a ceiling for heads, which its parser has not."""

    head_patience = HEAD_PATIENCE

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._heads = 0
        self._in_head = False
        self._in_body = False
        self._head_bytes = 0
        self._timer = HeadTimer(transport.abort, self._is_answering, self.head_patience)
        self._timer.arm()

    def data_received(self, data: bytes) -> None:
        """Wait for the rest of what has begun."""
        before, was_in_body = self._heads, self._in_body
        super().data_received(data)
        if self._heads != before:
            self._timer.disarm()
            self._head_bytes = 0
        # Line ends between requests are nothing to the parser, and keep a connection open all the same.
        is_idle = self._heads == before and not was_in_body and not self._in_body
        if self._in_head or is_idle:
            self._head_bytes += len(data)
            self._timer.arm()
            if self._head_bytes > MOST_HEAD_BYTES:
                self.transport.abort()
        elif self._in_body and not self._is_answering():
            self._timer.arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._timer.disarm()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Note that a head has begun."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Note that a head is complete."""
        self._heads += 1
        self._in_head, self._in_body = False, True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that a request is complete."""
        self._in_body = False
        super().on_message_complete()

    def _is_answering(self) -> bool:
        # Before the first request there is none, whatever its annotation says.
        return bool(self.cycle) and not self.cycle.response_complete
