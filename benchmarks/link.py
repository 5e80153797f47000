"""A link with a round-trip time, before a server on loopback: what a registry's distance costs.

Run by itself (``link.py HOST:PORT SECONDS``) it is the link's process: a slow client in this one can't slow it.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Self


class Link:
    """Passes bytes on, each flight of them a round trip late; ``netloc`` says where, in a ``with`` block.

    A new connection costs a round trip too, as TCP's handshake does, and TLS has its own within. Bandwidth is
    not limited.

    Args:
        upstream: ``host:port`` of the server.
        round_trip: Seconds.
    """

    def __init__(self, upstream: str, round_trip: float = 0) -> None:
        self._host = upstream.rpartition(":")[0]
        self._command = [sys.executable, __file__, upstream, str(round_trip)]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.netloc = f"{self._host}:{self._line()}"
        return self

    def __exit__(self, *_exc: object) -> None:
        self._process.terminate()
        self._process.communicate()

    def connections(self) -> int:
        """Return how many connections were opened so far."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


async def serve(upstream: str, round_trip: float) -> None:
    """Pass on until killed; tell the port first, and the number of connections for each line on stdin."""
    host, _, port = upstream.rpartition(":")
    opened = 0

    async def passed_on(client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        connected = asyncio.get_running_loop().time() + round_trip
        server, requests = await asyncio.open_connection(host, int(port))
        await asyncio.gather(_late(client, requests, connected, round_trip), _at_once(server, answers))

    listening = await asyncio.start_server(passed_on, host, 0)
    print(listening.sockets[0].getsockname()[1], flush=True)
    stdin = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    while await stdin.readline():
        print(opened, flush=True)


async def _late(source: asyncio.StreamReader, target: asyncio.StreamWriter, connected: float, late: float) -> None:
    """Pass bytes on ``late`` seconds after they came, but never as if they had come before ``connected``."""
    now = asyncio.get_running_loop().time
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def arrive() -> None:
        piece = b"."
        while piece:
            due, piece = await under_way.get()
            await asyncio.sleep(due - now())
            target.write(piece)
        target.close()

    arriving = asyncio.create_task(arrive())
    async for piece in _pieces(source):
        under_way.put_nowait((max(now(), connected) + late, piece))
    under_way.put_nowait((now() + late, b""))
    await arriving


async def _at_once(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    async for piece in _pieces(source):
        target.write(piece)
    target.close()


async def _pieces(source: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Yield what comes until the connection ends, by a reset too."""
    with suppress(ConnectionError):
        while piece := await source.read(65536):
            yield piece


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], float(sys.argv[2])))
