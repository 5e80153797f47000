"""Looking names up, each in a thread that nobody else waits for; the same name once for all who ask."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from aiohttp.abc import AbstractResolver, ResolveResult

from portcall.daemon import beside
from portcall.http.flight import Flights

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Names looked up at the same time: a name service that hangs gets no more threads than these.
MOST_AT_ONCE = 64


#: One address, as ``getaddrinfo`` tells it.
_Address = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
_Found = tuple[socket.AddressFamily, socket.SocketKind, int, str, _Address]


class Resolver(AbstractResolver):
    """The system's own name service.

    What it tells is believed by nobody: the guard looks at the addresses, whatever their names.
    """

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(MOST_AT_ONCE)
        self._flights: Flights[list[ResolveResult]] = Flights()
        self._running: set[asyncio.Future[Sequence[_Found]]] = set()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of ``host``.

        Raises:
            OSError: It has none, or the name service does not answer.
        """
        return await self._flights.share((host, port, family), lambda: self._look_up(host, port, family))

    async def close(self) -> None:
        """Wait for no more answers."""
        await self._flights.aclose()
        for running in self._running:
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _look_up(self, host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
        await self._places.acquire()
        running = asyncio.ensure_future(self._in_its_place(host, port, family))
        self._running.add(running)
        running.add_done_callback(self._landed)
        # Nobody may wait any longer: the thread does, and keeps its place until it has an answer.
        return [_result(host, each) for each in await asyncio.shield(running)]

    async def _in_its_place(self, host: str, port: int, family: socket.AddressFamily) -> Sequence[_Found]:
        try:
            return await beside("lookup", lambda: _addresses(host, port, family))
        finally:
            self._places.release()

    def _landed(self, running: asyncio.Future[Sequence[_Found]]) -> None:
        self._running.discard(running)
        if not running.cancelled():
            running.exception()  # marks it as seen: everybody may have given up


def _addresses(host: str, port: int, family: socket.AddressFamily) -> Sequence[_Found]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family, flags=socket.AI_ADDRCONFIG)


def _result(host: str, found: _Found) -> ResolveResult:
    family, _, protocol, _, address = found
    # An IPv6 address may belong to one of this machine's networks: then it is no public one, and says so.
    zone = f"%{address[3]}" if len(address) == 4 and address[3] else ""
    return ResolveResult(
        hostname=host,
        host=f"{address[0]!s}{zone}",
        port=int(address[1]),
        family=family,
        proto=protocol,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
