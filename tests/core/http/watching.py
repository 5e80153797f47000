"""What a server sees of its clients: how much it could send, and who is still there."""

from __future__ import annotations

import asyncio
import threading
from typing import Any


class Watched:
    """An ASGI application whose answers are watched.

    Attributes:
        sent: Bytes of bodies that clients took, or that wait on their way.
        open: Answers under way.
        connections: Ports of all clients so far.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self.sent = 0
        self.open = 0
        self._nobody = threading.Event()
        self.connections: set[int] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def noting(message: Any) -> None:
            await send(message)
            self.sent += len(message.get("body", b""))

        self.connections.add(scope["client"][1])
        self.open += 1
        self._nobody.clear()
        try:
            await self._app(scope, receive, noting)
        finally:
            self.open -= 1
            if not self.open:
                self._nobody.set()

    async def until_nobody_is_there(self) -> None:
        """Wait until every answer is over: the last client has left, or has all it wanted."""
        assert await asyncio.to_thread(self._nobody.wait, 5)
