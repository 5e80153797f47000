"""stdio without threads.

The SDK reads and writes stdin and stdout through worker threads, three hops a call. Where they are pipes or
sockets, as under every MCP host, asyncio's own pipe streams answer about twice as many calls a second; see
``benchmarks/``. For anything else (a file, a terminal) the SDK's way is used.
"""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

from mcp.server.stdio import stdio_server

from portcall.server.lines import Lines, Output, Unanswered
from portcall.server.sdk import run_over

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import anyio
    from mcp.server.mcpserver import MCPServer


def claim_pipes() -> tuple[int, int] | None:
    """Return private duplicates of stdin and stdout, where they are pipes; theirs lead elsewhere from now on.

    Called before any plugin is loaded: what one of them starts may print as well.
    """
    if not (_is_stream(0) and _is_stream(1)):
        return None
    return _claim(0, os.devnull), _claim(1, None)


async def serve_stdio(server: MCPServer[Any], pipes: tuple[int, int] | None) -> None:
    """Serve MCP on stdin and stdout until stdin ends. Nothing but MCP reaches stdout meanwhile.

    Args:
        server: What answers.
        pipes: What :func:`claim_pipes` returned.
    """
    if pipes is None:
        if os.isatty(0):
            sys.stderr.write(
                "portcall serve speaks MCP on stdin and stdout; an MCP host starts it. Ctrl-C ends it.\n"
            )
        # A thread of the SDK's waits for a line, and would be waited for.
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))
        await server.run_stdio_async()
        return
    await serve_pipes(server, *pipes)


async def serve_pipes(server: MCPServer[Any], incoming: int, outgoing: int) -> None:
    """Serve MCP on two descriptors, which are closed in the end.

    When ``incoming`` ends, what was asked before is still answered: ``printf … | portcall serve`` works. When
    the other side of ``outgoing`` is gone, there is nobody to answer, and all ends at once.
    """
    unanswered = Unanswered()
    async with _reader(incoming) as (reader, source):

        def when_gone() -> None:
            unanswered.give_up()
            source.close()

        async with _writer(outgoing, when_gone) as writer:
            # The SDK asks of its files no more than iteration, write and flush.
            stdin = cast("anyio.AsyncFile[str]", Lines(reader, unanswered))
            stdout = cast("anyio.AsyncFile[str]", Output(writer, unanswered))
            async with stdio_server(stdin=stdin, stdout=stdout) as (read, write):
                await run_over(server, read, write)


@asynccontextmanager
async def _reader(descriptor: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.ReadTransport]]:
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb")
    )
    try:
        yield reader, transport
    finally:
        transport.close()


@asynccontextmanager
async def _writer(descriptor: int, when_gone: Callable[[], None]) -> AsyncIterator[asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.connect_write_pipe(
        lambda: _WriterProtocol(when_gone), os.fdopen(descriptor, "wb")
    )
    # Whoever waits for a flush waits until all is written, not until little enough is left.
    transport.set_write_buffer_limits(0)
    try:
        yield asyncio.StreamWriter(transport, protocol, None, loop)
    finally:
        transport.close()


class _WriterProtocol(asyncio.streams.FlowControlMixin):
    """Holds writers back, and tells when the other side is gone, even where nothing is written."""

    def __init__(self, when_gone: Callable[[], None]) -> None:
        super().__init__()
        self._when_gone = when_gone

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell it."""
        super().connection_lost(exc)
        self._when_gone()


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
