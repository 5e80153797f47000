"""Clients that never come to the point."""

import asyncio
import contextlib
import importlib.util
import socket
import time

import httpx
import pytest
from starlette.types import Receive, Scope, Send
from tests.core.server.asgi.bed import read_all, served, welcome

from portcall.server.asgi.protocol import PunctualH11, http_protocol

HAS_HTTPTOOLS = importlib.util.find_spec("httptools") is not None
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


class HastyH11(PunctualH11):
    head_patience = 0.4


def hasty(name: str) -> type:
    if name == "h11":
        return HastyH11
    from portcall.server.asgi.httptools_protocol import PunctualHttpTools

    return type("HastyHttpTools", (PunctualHttpTools,), {"head_patience": 0.4})


@pytest.fixture(
    params=["h11", pytest.param("httptools", marks=pytest.mark.skipif(not HAS_HTTPTOOLS, reason="not installed"))]
)
def protocol(request: pytest.FixtureRequest) -> type:
    return hasty(request.param)


def seconds_until_hung_up(connection: socket.socket, drip: bytes = b"") -> float:
    """Return how long the server keeps a connection on which ``drip`` is sent again and again."""
    began = time.monotonic()
    connection.settimeout(0.05)
    while time.monotonic() - began < 5:
        with contextlib.suppress(TimeoutError):
            try:
                if drip:
                    connection.sendall(drip)
                if not connection.recv(65536):
                    break
            except ConnectionError:
                break
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("begun", "drip"),
    [
        (b"", b""),
        (b"GET / HTTP/1.1\r\nHost: local", b""),
        (b"GET / HTTP/1.1\r\n", b"X-A: b\r\n"),
        (b"\r\n", b"\r\n"),
    ],
    ids=["says-nothing", "stops-half-way", "says-ever-more", "says-nothing-at-length"],
)
def test_a_head_that_does_not_arrive_is_given_up(protocol: type, begun: bytes, drip: bytes):
    """Slowloris: uvicorn waits for ever, and has no connections left for others."""
    with served(welcome, protocol) as address, socket.create_connection(address) as connection:
        connection.sendall(begun)
        # Nobody has to wait for a head that is none.
        assert (0 if begun == b"\r\n" else 0.3) < seconds_until_hung_up(connection, drip) < 2


def test_neither_is_a_later_requests_head_waited_for(protocol: type):
    with served(welcome, protocol) as address, socket.create_connection(address) as connection:
        connection.sendall(GET)
        assert b"200" in connection.recv(65536)
        connection.sendall(b"GET / HTTP/1.1\r\nX-A: ")
        assert 0.3 < seconds_until_hung_up(connection, b"T") < 2


def test_a_body_that_was_answered_long_ago_is_not_read_for_ever(protocol: type):
    async def refusing(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    with served(refusing, protocol) as address, socket.create_connection(address) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
        assert b"401" in connection.recv(65536)
        assert 0.3 < seconds_until_hung_up(connection, b"x") < 2


def test_whoever_waits_for_an_answer_is_not_hurried(protocol: type):
    """Be it that they sent a line's end too many, or the beginning of their next request."""

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.8)
        await welcome(scope, receive, send)

    with served(slow, protocol) as address, contextlib.ExitStack() as stack:
        connections = []
        for early in (b"", b"\r\n", b"GET / HT"):
            connection = stack.enter_context(socket.create_connection(address, timeout=5))
            connection.sendall(GET)
            connection.sendall(early)
            connections.append(connection)
        assert [connection.recv(15) for connection in connections] == [b"HTTP/1.1 200 OK"] * 3


def test_a_connection_that_is_used_is_kept(protocol: type):
    with served(welcome, protocol) as (host, port), httpx.Client() as client:
        began = time.monotonic()
        ports = set()
        while time.monotonic() - began < 0.9:
            response = client.post(f"http://{host}:{port}/", content=b"x" * 100_000)
            assert response.text == "100000"
            ports.add(response.extensions["network_stream"].get_extra_info("client_addr"))
            time.sleep(0.1)
    assert len(ports) == 1


def test_a_head_without_end_is_cut_off(protocol: type):
    with served(welcome, protocol) as address, socket.create_connection(address, timeout=5) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(b"GET / HTTP/1.1\r\n")
            for _ in range(300):
                connection.sendall(b"X-A: " + b"b" * 995 + b"\r\n")
        assert b"200 OK" not in read_all(connection)


def test_the_faster_protocol_is_used_where_it_can_be():
    assert http_protocol().__name__ == ("PunctualHttpTools" if HAS_HTTPTOOLS else "PunctualH11")
