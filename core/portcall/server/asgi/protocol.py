"""uvicorn's HTTP, with a clock for clients that never come to the point.

uvicorn waits for ever for the rest of a request's head, and for the rest of a body that nobody reads any more:
a few thousand such connections, each with a byte now and then, and no other client gets one.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds for a request's head, from the connection's beginning or the head's first byte.
HEAD_PATIENCE = 10.0
MOST_HEAD_BYTES = 65536


class HeadTimer:
    """Gives a client up that has been owing something for too long.

    Args:
        give_up: Ends its connection.
        is_busy: Tells whether it is being answered, and so owes nothing that matters.
        patience: Seconds.
    """

    def __init__(
        self, give_up: Callable[[], None], is_busy: Callable[[], bool], patience: float = HEAD_PATIENCE
    ) -> None:
        self._give_up = give_up
        self._is_busy = is_busy
        self._patience = patience
        self._handle: asyncio.TimerHandle | None = None

    def arm(self) -> None:
        """Begin to wait, where that has not begun: further bytes win no further time."""
        if self._handle is None:
            self._handle = asyncio.get_running_loop().call_later(self._patience, self._ring)

    def disarm(self) -> None:
        """Stop waiting: all is there."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _ring(self) -> None:
        self._handle = None
        if self._is_busy():
            self.arm()
        else:
            self._give_up()


class PunctualH11(H11Protocol):
    """uvicorn's own protocol, with such a timer."""

    head_patience = HEAD_PATIENCE

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._timer = HeadTimer(transport.abort, self._is_answering, self.head_patience)
        self._timer.arm()

    def data_received(self, data: bytes) -> None:
        """Wait for the rest of what has begun."""
        super().data_received(data)
        if self._is_owed():
            self._timer.arm()
        else:
            self._timer.disarm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._timer.disarm()
        super().connection_lost(exc)

    def _is_owed(self) -> bool:
        """Tell whether a head is not complete, or a body that was answered before its end."""
        theirs = self.conn.their_state
        return theirs is h11.IDLE or (theirs is h11.SEND_BODY and self.conn.our_state is h11.DONE)

    def _is_answering(self) -> bool:
        # Before the first request there is none, whatever its annotation says.
        return bool(self.cycle) and not self.cycle.response_complete


def http_protocol() -> type[asyncio.Protocol]:
    """Return uvicorn's faster protocol where what it needs is installed, else the one that always works."""
    try:
        from portcall.server.asgi.httptools_protocol import PunctualHttpTools
    except ImportError:
        return PunctualH11
    return PunctualHttpTools
