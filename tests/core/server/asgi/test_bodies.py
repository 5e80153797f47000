"""What a request may carry, against a real server."""

import json
import socket
import threading
import time

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send
from tests.core.server.asgi.bed import ask, read_all, scope_of, served, wait_until, welcome

from portcall.server.asgi.bodies import BodyCeiling

pytestmark = pytest.mark.anyio

HEAD = b"POST /mcp HTTP/1.1\r\nHost: localhost\r\n"


def spoken(address: tuple[str, int], sent: bytes) -> tuple[bytes, dict]:
    """Return the status line and the JSON that is answered to ``sent``, once the server has hung up."""
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(sent)
        head, _, body = read_all(connection).partition(b"\r\n\r\n")
    assert b"connection: close" in head.lower()
    return head.split(b"\r\n")[0], json.loads(body)


def test_a_body_that_is_announced_too_large_is_not_waited_for():
    with served(BodyCeiling(welcome, most=1000)) as address:
        status, said = spoken(address, HEAD + b"Content-Length: 1001\r\n\r\n")
    assert b" 413 " in status
    assert said["error"]["code"] == "too_large"


def test_a_client_that_waits_for_our_word_sends_nothing():
    with served(BodyCeiling(welcome, most=1000)) as address:
        status, _ = spoken(address, HEAD + b"Content-Length: 5000000000\r\nExpect: 100-continue\r\n\r\n")
    assert b" 413 " in status


def test_a_body_of_untold_length_is_bounded_too():
    def chunks():
        for _ in range(100):
            yield b"x" * 100

    with served(BodyCeiling(welcome, most=1000)) as (host, port):
        assert httpx.post(f"http://{host}:{port}/", content=chunks()).status_code == 413
        exact = httpx.post(f"http://{host}:{port}/", content=iter([b"x" * 400, b"x" * 600]))
    assert (exact.status_code, exact.text) == (200, "1000")


@pytest.mark.parametrize(
    "length", [b"Content-Length: 10\r\n\r\n12345", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"]
)
def test_a_body_that_does_not_arrive_is_given_up(length: bytes):
    with served(BodyCeiling(welcome, patience=0.2)) as address:
        status, said = spoken(address, HEAD + length)
    assert b" 408 " in status
    assert said["error"]["code"] == "timeout"


def test_a_byte_now_and_then_wins_no_time():
    with (
        served(BodyCeiling(welcome, patience=0.4)) as address,
        socket.create_connection(address, timeout=5) as connection,
    ):
        connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
        began = time.monotonic()
        connection.settimeout(0.1)
        answer = b""
        while not answer and time.monotonic() - began < 5:
            connection.sendall(b"x")
            try:
                answer = connection.recv(1000)
            except TimeoutError:
                continue
    assert b" 408 " in answer


async def test_a_client_that_goes_away_is_answered_nothing():
    async def never(*_: object) -> None:
        raise AssertionError("the app was asked")

    async def receive():
        return parts.pop(0)

    parts = [{"type": "http.request", "body": b"1", "more_body": True}, {"type": "http.disconnect"}]
    await BodyCeiling(never)(scope_of(), receive, never)


async def test_nothing_past_the_ceiling_is_read():
    read = 0

    async def endless() -> Message:
        nonlocal read
        read += 1
        assert read < 20
        return {"type": "http.request", "body": b"x" * 100, "more_body": True}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await BodyCeiling(welcome, most=1000)(scope_of(), endless, send)
    assert sent[0]["status"] == 413
    assert read == 11


async def test_a_body_in_pieces_reaches_the_app_whole():
    answer = await ask(BodyCeiling(welcome, most=10), body=[b"12345", b"", b"67890"])
    assert answer is not None
    assert answer.body == b"10"


def test_an_answer_is_passed_on_as_it_comes_and_so_is_the_clients_going():
    gone = threading.Event()

    async def streaming(_scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["body"] == b"hello"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        assert (await receive())["type"] == "http.disconnect"
        gone.set()

    with (
        served(BodyCeiling(streaming)) as (host, port),
        httpx.stream("POST", f"http://{host}:{port}/", content=b"hello") as response,
    ):
        pieces = response.iter_bytes()
        assert next(pieces) == b"first"
        assert not gone.is_set()
        response.close()
        wait_until(gone.is_set)
