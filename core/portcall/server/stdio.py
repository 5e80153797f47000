"""stdio without threads.

The SDK reads and writes stdin and stdout through worker threads, three hops a call. Where they are pipes or
sockets, as under every MCP host, asyncio's own pipe streams answer about twice as many calls a second; see
``benchmarks/``. For anything else (a file, a terminal) the SDK's way is used.
"""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from typing import TYPE_CHECKING, Any, cast

from mcp.server.stdio import stdio_server

from portcall.server.sdk import run_over

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import anyio
    from mcp.server.mcpserver import MCPServer

#: Longest message, in bytes: far above any real one, far below what would hurt.
MAX_MESSAGE = 16 << 20


async def serve_stdio(server: MCPServer[Any]) -> None:
    """Serve MCP on stdin and stdout until stdin ends. Nothing but MCP reaches stdout meanwhile."""
    if not (_is_stream(0) and _is_stream(1)):
        await server.run_stdio_async()
        return
    incoming, outgoing = _claim(0, os.devnull), _claim(1, None)
    reader = asyncio.StreamReader(limit=MAX_MESSAGE)
    loop = asyncio.get_running_loop()
    source, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(incoming, "rb")
    )
    sink, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, os.fdopen(outgoing, "wb"))
    writer = asyncio.StreamWriter(sink, protocol, None, loop)
    # The SDK asks of its files no more than iteration, write and flush.
    stdin = cast("anyio.AsyncFile[str]", _Lines(reader))
    stdout = cast("anyio.AsyncFile[str]", _Output(writer))
    try:
        async with stdio_server(stdin=stdin, stdout=stdout) as (read, write):
            await run_over(server, read, write)
    finally:
        source.close()
        sink.close()


def _is_stream(descriptor: int) -> bool:
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return sys.platform != "win32" and (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode))


def _claim(descriptor: int, instead: str | None) -> int:
    """Return a private duplicate of a standard descriptor, which then points elsewhere: stray prints to stderr."""
    private = os.dup(descriptor)
    diversion = os.open(instead, os.O_RDONLY) if instead else os.dup(2)
    os.dup2(diversion, descriptor)
    os.close(diversion)
    return private


class _Lines:
    """Lines of text from a stream; one that is too long is passed over, and the next is read."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    async def __aiter__(self) -> AsyncIterator[str]:
        while True:
            try:
                line = await self._reader.readline()
            except ValueError:
                # Over the limit: its beginning was dropped; hand on something that is no JSON, for an error.
                yield "\n"
                continue
            if not line:
                return
            yield line.decode("utf-8", "replace")


class _Output:
    """Text to a stream, held back while the other side does not read."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    async def write(self, text: str) -> None:
        self._writer.write(text.encode())

    async def flush(self) -> None:
        await self._writer.drain()
