"""Ports on loopback behind which nobody speaks HTTP to its end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Speaker = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def never_accepting() -> AsyncIterator[str]:
    """Yield where connections are not even taken: the queue is full, and what comes is dropped without a word."""
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                waiting.connect(full.getsockname())
        await asyncio.sleep(0.05)
        yield f"127.0.0.1:{full.getsockname()[1]}"


@contextlib.asynccontextmanager
async def silent() -> AsyncIterator[str]:
    """Yield where connections are taken and nothing is ever said, not even TLS's first word."""

    async def listen(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.read()

    async with _speaking(listen) as netloc:
        yield netloc


@contextlib.asynccontextmanager
async def endless_head(line: bytes = b"X-More: y\r\n", pause: float = 0.02) -> AsyncIterator[str]:
    """Yield where every answer's head goes on and on, a line at a time."""

    async def dribble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            writer.write(b"HTTP/1.1 200 OK\r\n")
            while not writer.is_closing():
                writer.write(line)
                await writer.drain()
                await asyncio.sleep(pause)

    async with _speaking(dribble) as netloc:
        yield netloc


@contextlib.asynccontextmanager
async def _speaking(speak: Speaker) -> AsyncIterator[str]:
    conversations: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        conversations.add(task)
        try:
            await speak(reader, writer)
        except asyncio.CancelledError:
            pass  # asyncio would report it as nobody's
        finally:
            conversations.discard(task)
            writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await asyncio.sleep(0.01)  # whoever was let in a moment ago begins to be spoken to, and can be left
        for task in tuple(conversations):
            task.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)
        await asyncio.sleep(0)  # the last of them let go of their connections
