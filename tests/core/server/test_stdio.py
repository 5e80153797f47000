"""MCP over a pair of pipes, as a host sees it: pieces, floods, silence, and the end."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.agents.agent import settings_for

from portcall.gateway import Portcall
from portcall.server.app import build_server
from portcall.server.stdio import _is_stream, serve_pipes
from portcall.testing import DEMO_HOST, FakeRegistry, image, layer, quirks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from portcall.settings import Settings

pytestmark = pytest.mark.anyio

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "host", "version": "1"},
    },
}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}


def call(number: int, tool: str, **arguments: Any) -> dict[str, Any]:
    params = {"name": tool, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}


def written(*messages: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(message).encode() + b"\n" for message in messages)


class Host:
    """The other ends of the pipes."""

    def __init__(self, serving: asyncio.Task[None], to_server: int, from_server: int) -> None:
        self.serving = serving
        self._to_server = to_server
        self._from_server = from_server
        self._rest = b""

    async def send(self, data: bytes) -> None:
        while data:
            sent = await asyncio.to_thread(os.write, self._to_server, data[: 1 << 16])
            data = data[sent:]

    async def receive(self) -> dict[str, Any]:
        """Return the next message; an empty one at the end."""
        async with asyncio.timeout(10):
            while b"\n" not in self._rest:
                piece = await asyncio.to_thread(os.read, self._from_server, 1 << 16)
                if not piece:
                    return {}
                self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    async def receive_all(self) -> dict[int, dict[str, Any]]:
        """Return every message until the end, by id."""
        found: dict[int, dict[str, Any]] = {}
        while message := await self.receive():
            found[message["id"]] = message
        return found

    def hang_up(self) -> None:
        """Close stdin of the server."""
        os.close(self._to_server)
        self._to_server = -1

    def stop_listening(self) -> None:
        """Close stdout of the server."""
        os.close(self._from_server)
        self._from_server = -1

    def close(self) -> None:
        for descriptor in (self._to_server, self._from_server):
            if descriptor >= 0:
                os.close(descriptor)


@asynccontextmanager
async def served(settings: Settings, *, handshake: bool = True) -> AsyncIterator[Host]:
    (to_read, to_write), (from_read, from_write) = os.pipe(), os.pipe()
    server = build_server(Portcall(settings))
    host = Host(asyncio.create_task(serve_pipes(server, to_read, from_write)), to_write, from_read)
    try:
        if handshake:
            await host.send(written(INITIALIZE, INITIALIZED))
            assert (await host.receive())["result"]["serverInfo"]["name"] == "portcall"
        yield host
    finally:
        host.close()
        async with asyncio.timeout(10):
            await host.serving


@pytest.fixture
def settings(demo: FakeRegistry) -> Settings:
    return settings_for(demo.address, [DEMO_HOST])


async def test_a_message_may_come_in_pieces_and_many_at_once(settings: Settings):
    async with served(settings) as host:
        for byte in written(call(1, "list_registries")):
            await host.send(bytes([byte]))
        assert (await host.receive())["id"] == 1
        await host.send(written(*(call(number, "list_registries") for number in range(2, 12))))
        assert {(await host.receive())["id"] for _ in range(10)} == set(range(2, 12))


async def test_what_is_no_message_is_passed_over(settings: Settings):
    async with served(settings) as host:
        for nonsense in (
            b"\n",
            b"not json\n",
            b"[]\n",
            b"\xff\xfe\n",
            b'{"jsonrpc":"2.0"}\n',
            b"[" * 10_000 + b"\n",
        ):
            await host.send(nonsense)
        await host.send(written(call(1, "list_registries")))
        assert (await host.receive())["id"] == 1


async def test_a_message_of_many_megabytes_is_passed_over_and_the_next_is_answered(settings: Settings):
    async with served(settings) as host:
        await host.send(b'{"jsonrpc":"2.0","id":1,"method":"' + b"x" * (17 << 20) + b'"}\n')
        await host.send(written(call(2, "list_registries")))
        assert (await host.receive())["id"] == 2


async def test_a_large_message_is_read_whole(settings: Settings):
    async with served(settings) as host:
        content = "FROM scratch\n" + "# a comment\n" * 20_000
        await host.send(written(call(1, "check_images", content=content + "FROM bad/Name\n")))
        answer = await host.receive()
        assert answer["result"]["structuredContent"]["checks"][0]["line"] == 20_002


async def test_what_was_asked_before_the_end_is_answered(fake: FakeRegistry):
    fake.push("team/api", image([layer({"a": "b"})]), tags=["latest"])
    fake.add(quirks.Latency(0.1))
    async with served(settings_for(fake.address, ["registry.example"]), handshake=False) as host:
        calls = [call(number, "get_image_details", image_name="registry.example/team/api") for number in (1, 2, 3)]
        await host.send(written(INITIALIZE, INITIALIZED, *calls).rstrip(b"\n"))
        host.hang_up()
        answers = await host.receive_all()
    assert answers.keys() == {0, 1, 2, 3}
    assert "pinned:" in answers[3]["result"]["content"][0]["text"]


async def test_the_end_comes_at_once_where_nothing_is_open(settings: Settings):
    async with served(settings) as host:
        host.hang_up()
        async with asyncio.timeout(2):
            await host.serving
        assert await host.receive() == {}


async def test_a_cancelled_call_does_not_hold_up_the_end(fake: FakeRegistry):
    fake.add(quirks.Stall())
    async with served(settings_for(fake.address, ["registry.example"])) as host:
        await host.send(written(call(1, "get_image_details", image_name="registry.example/team/api")))
        while not fake.requests:  # noqa: ASYNC110 - another thread serves it
            await asyncio.sleep(0.01)
        cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
        await host.send(written(cancelled))
        host.hang_up()
        async with asyncio.timeout(3):
            await host.serving


async def test_a_host_that_reads_late_gets_everything(settings: Settings):
    async with served(settings) as host:
        calls = [call(number, "get_image_details", image_name=f"{DEMO_HOST}/shop/api") for number in range(1, 61)]
        sending = asyncio.create_task(host.send(written(*calls)))
        await asyncio.sleep(0.3)
        # Far more than a pipe holds.
        answers = [await host.receive() for _ in calls]
        await sending
    assert {answer["id"] for answer in answers} == set(range(1, 61))
    assert sum(len(json.dumps(answer)) for answer in answers) > 4 * (1 << 16)


async def test_the_end_waits_until_everything_is_written(settings: Settings):
    async with served(settings) as host:
        calls = [call(number, "get_image_details", image_name=f"{DEMO_HOST}/shop/api") for number in range(1, 12)]
        await host.send(written(*calls))
        host.hang_up()
        await asyncio.sleep(0.5)
        # More than a pipe holds, so that some of it is still here.
        assert not host.serving.done()
        assert (await host.receive_all()).keys() == set(range(1, 12))


async def test_a_host_that_listens_no_more_ends_the_session(settings: Settings):
    async with served(settings) as host:
        host.stop_listening()
        async with asyncio.timeout(3):
            await host.serving


async def test_a_host_that_goes_while_its_answer_is_written_ends_the_session(settings: Settings):
    async with served(settings) as host:
        await host.send(
            written(*(call(n, "get_image_details", image_name=f"{DEMO_HOST}/shop/api") for n in range(40)))
        )
        await asyncio.sleep(0.2)
        host.stop_listening()
        async with asyncio.timeout(3):
            await host.serving


async def test_nobody_waits_for_an_answer_that_nobody_reads(fake: FakeRegistry):
    fake.add(quirks.Stall())
    async with served(settings_for(fake.address, ["registry.example"])) as host:
        await host.send(written(call(1, "get_image_details", image_name="registry.example/team/api")))
        while not fake.requests:  # noqa: ASYNC110 - another thread serves it
            await asyncio.sleep(0.01)
        host.stop_listening()
        host.hang_up()
        async with asyncio.timeout(3):
            await host.serving


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs Linux's list of descriptors")
async def test_the_descriptors_are_closed_in_the_end(settings: Settings):
    before = open_descriptors()
    async with served(settings) as host:
        await host.send(written(call(1, "list_registries")))
        await host.receive()
    await asyncio.sleep(0)
    assert open_descriptors() <= before


def open_descriptors() -> set[str]:
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


def test_pipes_and_sockets_are_streams_and_files_are_not(tmp_path: Path):
    reading, writing = os.pipe()
    one, other = socket.socketpair()
    with one, other, (tmp_path / "file").open("w") as file:
        assert _is_stream(reading)
        assert _is_stream(writing)
        assert _is_stream(one.fileno())
        assert not _is_stream(file.fileno())
    os.close(reading)
    os.close(writing)
    assert not _is_stream(reading)
