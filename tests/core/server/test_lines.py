"""Messages as lines: whole ones only, whatever pieces they come in, and none that is too long."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.render.texts import unhurried

from portcall.server import lines
from portcall.server.lines import Lines, Output, Unanswered

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.anyio

CALL = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {}}


async def read_all(pieces: Iterable[bytes], limit: int = 1000) -> list[str]:
    reader = asyncio.StreamReader()

    async def feed() -> None:
        for piece in pieces:
            reader.feed_data(piece)
            await asyncio.sleep(0)
        reader.feed_eof()

    feeding = asyncio.create_task(feed())
    found = [line async for line in Lines(reader, Unanswered(), limit)]
    await feeding
    return found


@pytest.mark.parametrize(
    ("pieces", "found"),
    [
        ([], []),
        ([b"one\n"], ["one"]),
        ([b"one\ntwo\nthree\n"], ["one", "two", "three"]),
        ([b"o", b"n", b"e\nt", b"wo\n"], ["one", "two"]),
        ([b"one\n", b"the end"], ["one", "the end"]),
        (["caf\u00e9 \U0001f40b\n".encode()[:5], "caf\u00e9 \U0001f40b\n".encode()[5:]], ["café 🐋"]),
        ([b"\xff\xfe\n"], ["\ufffd\ufffd"]),
        ([b"\n\none\n"], ["", "", "one"]),
        ([b"one\r\n"], ["one\r"]),
    ],
)
async def test_lines_come_whole(pieces: list[bytes], found: list[str]):
    assert await read_all(pieces) == found


@pytest.mark.parametrize(
    "pieces",
    [
        [b"x" * 1001 + b"\n", b"next\n"],
        [b"x" * 600, b"x" * 600, b"\nnext\n"],
        [b"x" * 1500, b'{"jsonrpc":"2.0","id":1,"method":"ping"}', b"\nnext\n"],
    ],
)
async def test_a_line_too_long_is_passed_over_whole(pieces: list[bytes]):
    assert await read_all(pieces) == ["", "next"]


async def test_a_line_too_long_at_the_end_is_passed_over():
    assert await read_all([b"x" * 5000]) == [""]


async def test_a_line_of_the_greatest_length_is_taken():
    assert await read_all([b"x" * 1000 + b"\n"]) == ["x" * 1000]


@given(st.binary(max_size=300), st.lists(st.integers(min_value=1, max_value=50), max_size=20))
@unhurried
def test_pieces_make_no_difference(text: bytes, cuts: list[int]):
    pieces, rest = [], text
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]
    whole = asyncio.run(read_all([text], limit=40))
    assert asyncio.run(read_all([*pieces, rest], limit=40)) == whole
    assert len(whole) == text.count(b"\n") + (not text.endswith(b"\n") and bool(text))


async def left(unanswered: Unanswered) -> bool:
    """Tell whether something is still waited for."""
    waiting = asyncio.create_task(unanswered.wait())
    await asyncio.sleep(0.01)
    if waiting.done():
        return False
    waiting.cancel()
    return True


@pytest.mark.parametrize("request_id", [7, "seven", 'with "quotes" and \\ and ☃', -1, 0])
async def test_a_request_waits_until_it_is_answered(request_id: Any):
    unanswered = Unanswered()
    assert not await left(unanswered)
    unanswered.asked(json.dumps(CALL | {"id": request_id}))
    assert await left(unanswered)
    progress = {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"id": request_id}}
    unanswered.answered(json.dumps(progress, separators=(",", ":")))
    assert await left(unanswered)
    answer = {"jsonrpc": "2.0", "id": request_id, "result": {}}
    unanswered.answered(json.dumps(answer, separators=(",", ":"), ensure_ascii=False) + "\n")
    assert not await left(unanswered)


async def test_an_error_is_an_answer():
    unanswered = Unanswered()
    unanswered.asked(json.dumps(CALL))
    unanswered.answered('{"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"x"}}\n')
    assert not await left(unanswered)


async def test_what_is_cancelled_is_not_waited_for():
    unanswered = Unanswered()
    unanswered.asked(json.dumps(CALL))
    cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}
    unanswered.asked(json.dumps(cancelled))
    assert not await left(unanswered)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "not json",
        "[]",
        "[" * 100_000,
        "7",
        '{"jsonrpc":"2.0","method":"notifications/initialized"}',
        '{"jsonrpc":"2.0","id":7,"result":{}}',
        '{"jsonrpc":"2.0","id":null,"method":"ping"}',
        '{"jsonrpc":"2.0","id":true,"method":"ping"}',
        '{"jsonrpc":"2.0","id":7.5,"method":"ping"}',
        '{"jsonrpc":"2.0","id":[],"method":"ping"}',
        '{"jsonrpc":"2.0","id":7,"method":[]}',
        '{"jsonrpc":"2.0","id":7,"method":"ping","params":[]}',
        '{"jsonrpc":"1.0","id":7,"method":"ping"}',
        '{"jsonrpc":"2.0","id":7,"method":"subscriptions/listen"}',
        '{"jsonrpc":"2.0","method":"notifications/cancelled","params":7}',
    ],
)
async def test_what_nobody_will_answer_is_not_waited_for(line: str):
    unanswered = Unanswered()
    unanswered.asked(line)
    assert not await left(unanswered)


async def test_nothing_is_waited_for_without_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lines, "_LAST_ANSWERS", 0.01)
    unanswered = Unanswered()
    unanswered.asked(json.dumps(CALL))
    await unanswered.wait()


class Pipe:
    """Stands for a stream writer whose other side goes away."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.is_gone = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return self.is_gone

    async def drain(self) -> None:
        self.is_gone = True
        raise ConnectionResetError


async def test_nothing_is_written_to_a_broken_pipe():
    pipe: Any = Pipe()
    output = Output(pipe, Unanswered())
    await output.write("one\n")
    await output.flush()
    await output.write("two\n")
    await output.flush()
    assert pipe.written == [b"one\n"]


async def test_nothing_is_waited_for_when_nobody_listens():
    unanswered = Unanswered()
    unanswered.asked(json.dumps(CALL))
    unanswered.give_up()
    assert not await left(unanswered)
    unanswered.asked(json.dumps(CALL | {"id": 8}))
    assert not await left(unanswered)
