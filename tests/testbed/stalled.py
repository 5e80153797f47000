"""A registry that takes every question and never answers."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass(slots=True)
class StalledRegistry:
    """Where it listens, and what happened.

    Attributes:
        asked: Set when a question has arrived.
        left: Set when whoever asked has hung up.
    """

    netloc: str = ""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            self.asked.set()
            await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.left.set()
            writer.close()


@contextlib.asynccontextmanager
async def stalled_registry() -> AsyncIterator[StalledRegistry]:
    """Run one on loopback."""
    registry = StalledRegistry()
    async with await asyncio.start_server(registry.serve, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        registry.netloc = f"{host}:{port}"
        yield registry
