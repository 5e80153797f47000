"""Looking names up, each in a thread that nobody else waits for; the same name once for all who ask."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from aiohttp.abc import AbstractResolver, ResolveResult

from portcall.daemon import beside

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

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
        self._under_way: dict[Hashable, asyncio.Task[list[ResolveResult]]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of ``host``.

        Raises:
            OSError: It has none, or the name service does not answer.
        """
        key = (host, port, family)
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(self._look_up(host, port, family))
            task.add_done_callback(lambda task: self._landed(key, task))
        # Whoever gives up does not take the answer from the others.
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Wait for no more answers."""
        for task in self._under_way.values():
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    def _landed(self, key: Hashable, task: asyncio.Task[list[ResolveResult]]) -> None:
        self._under_way.pop(key, None)
        if not task.cancelled():
            task.exception()  # marks it as seen: everybody may have given up

    async def _look_up(self, host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
        async with self._places:
            found = await beside("lookup", lambda: _addresses(host, port, family))
        return [_result(host, each) for each in found]


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
