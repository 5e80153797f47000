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

    loop = asyncio.get_running_loop()
    lines: set[asyncio.Transport] = set()
    server = await loop.create_server(lambda: _Line(lines, converse, loop), "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        # Connections that are being taken need some more turns of the loop before they can be let go of.
        for listener in server.sockets:
            loop.remove_reader(listener.fileno())
        for _ in range(10):
            for task in tuple(conversations):
                task.cancel()
            for line in lines:
                line.abort()
            await asyncio.sleep(0.005)
        server.close()


class _Line(asyncio.StreamReaderProtocol):
    """A conversation whose connection is known from its first moment on."""

    def __init__(self, lines: set[asyncio.Transport], converse: Speaker, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(asyncio.StreamReader(loop=loop), converse, loop=loop)
        self._lines = lines

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._lines.add(transport)
        super().connection_made(transport)
