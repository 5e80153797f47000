"""The end of a server, before its end: what is told to stop so that calls in flight can finish."""

from __future__ import annotations

import asyncio
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from portcall.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_log = get_logger("portcall.server")

#: Where the app's lifespan leaves its :class:`Lifecycle` for the server: ``scope["state"]``.
STATE_KEY = "portcall_lifecycle"
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Lifecycle:
    """Whether this process is about to end, and who has to know of it.

    Streams that last for ever keep a server from ending in peace; their owners close them here.
    """

    def __init__(self) -> None:
        self.is_closing = False
        self._callbacks: list[Callable[[], None]] = []

    def on_close(self, callback: Callable[[], None]) -> None:
        """Have ``callback`` called on the event loop once the server is about to end.

        Args:
            callback: Returns at once, and may be called again, for what was opened meanwhile. What it raises is
                logged, and keeps none of the others from being called.
        """
        self._callbacks.append(callback)

    def close(self) -> None:
        """Say that the server is about to end, as often as there may be somebody who has not heard it."""
        if not self.is_closing:
            _log.info("server_closing")
        self.is_closing = True
        for callback in self._callbacks:
            try:
                callback()
            except Exception:  # noqa: BLE001 - one that fails shall not keep the others' streams open
                _log.exception("closing_failed")

    @contextmanager
    def closing_on_signals(self) -> Iterator[None]:
        """Close on SIGTERM and SIGINT within the block, and leave them to whom they were for as well.

        For the app's lifespan: other servers than ours tell their apps of the end only when no stream is open
        any more. Outside of the main thread there are no signals, and nothing happens.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        before: dict[signal.Signals, Any] = {}

        def handle(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self.close)
            theirs = before[signal.Signals(number)]
            if callable(theirs):
                theirs(number, frame)

        for number in _SIGNALS:
            # Where nobody listens, the system ends us at once, and it shall stay so.
            if callable(signal.getsignal(number)):
                before[number] = signal.signal(number, handle)
        try:
            yield
        finally:
            for number, theirs in before.items():
                if signal.getsignal(number) is handle:
                    signal.signal(number, theirs)
