"""The transport: small GETs from one core, 1 and 16 at a time, through four ways of sending them."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from multiprocessing.connection import Connection

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from measuring import print_table

from portcall.http.guard import Guard, loopback_only
from portcall.http.transport import GuardedTransport

REQUESTS = 1000
ROUNDS = 5

BODY = b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json"' + b" " * 600 + b"}"
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.oci.image.manifest.v1+json\r\n"
    b"Content-Length: " + str(len(BODY)).encode() + b"\r\n\r\n" + BODY
)

Get = Callable[[], Awaitable[None]]


class Instant(asyncio.Protocol):
    """Answers every request with the same manifest, as fast as a socket can."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        assert isinstance(self.transport, asyncio.WriteTransport)
        self.transport.write(ANSWER * data.count(b"\r\n\r\n"))


def serve(pipe: Connection) -> None:
    """Serve on a core of its own, and tell the port."""
    pin(-1)

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Instant, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


def pin(core: int) -> None:
    """Keep this process on one core, so that the client cannot borrow the server's."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[core]})


async def rate(get: Get, at_once: int) -> float:
    """Return requests a second with ``at_once`` under way."""
    left = REQUESTS

    async def worker() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await get()

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    return REQUESTS / (time.perf_counter() - began)


def through(client: httpx.AsyncClient, url: str) -> Get:
    async def get() -> None:
        async with client.stream("GET", url) as response:
            assert len(b"".join([chunk async for chunk in response.aiter_raw()])) == len(BODY)

    return get


async def compare(url: str) -> None:
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())

        async def bare() -> None:
            async with session.get(url) as response:
                assert len(await response.read()) == len(BODY)

        ours = GuardedTransport(Guard(loopback_only), connections_per_host=64)
        clients = {
            "httpx, its own pool": httpx.AsyncClient(),
            "httpx over httpx-aiohttp": httpx.AsyncClient(transport=AiohttpTransport()),
            "httpx over portcall's guarded transport": httpx.AsyncClient(transport=ours),
        }
        for client in clients.values():
            await stack.enter_async_context(client)
        candidates = {name: through(client, url) for name, client in clients.items()} | {"aiohttp alone": bare}
        for at_once in (1, 16):
            results: dict[str, list[float]] = {name: [] for name in candidates}
            for measured in range(ROUNDS + 1):
                for name, get in candidates.items():
                    value = await rate(get, at_once)
                    if measured:
                        results[name].append(value)
            title = f"Small GETs from one core, {at_once} at once"
            print_table(title, results, "requests/s", "httpx, its own pool", more=True)


def main() -> None:
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("fork").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    pin(0)
    asyncio.run(compare(f"http://127.0.0.1:{ours.recv()}/v2/demo/app/manifests/1.0"))
    server.terminate()


if __name__ == "__main__":
    main()
