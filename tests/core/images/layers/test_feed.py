"""Bytes between the event loop and a thread: few of them wait, and where one side ends, the other does, too."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.http.asking import unhurried
from tests.core.images.layers.desk import until_nobody_reads

from portcall.errors import TooLargeError, UnreachableError
from portcall.http.stream import BlobStream
from portcall.images.layers.feed import MOST_WAITING, AbandonedError, Feed
from portcall.images.layers.piping import piped

pytestmark = pytest.mark.anyio

CHUNK = bytes(1 << 18)


class Endless:
    """Chunks without end; counts them."""

    def __init__(self, pause: float = 0) -> None:
        self.given = 0
        self._pause = pause

    def __aiter__(self) -> Endless:
        return self

    async def __anext__(self) -> bytes:
        await asyncio.sleep(self._pause)
        self.given += len(CHUNK)
        return CHUNK


def nothing(_: int) -> None:
    """Take no notice of what arrived."""


@given(chunks=st.lists(st.binary(min_size=1, max_size=50)), sizes=st.lists(st.integers(1, 30), min_size=1))
@unhurried
def test_what_is_brought_is_read_in_pieces_of_any_size(chunks: list[bytes], sizes: list[int]):
    async def both() -> tuple[bytes, Feed]:
        feed = Feed("sha512")

        async def bring() -> None:
            for chunk in chunks:
                await feed.put(chunk)
            feed.end()

        def read() -> bytes:
            found, at = b"", 0
            while data := feed.read(sizes[at % len(sizes)]):
                assert len(data) <= sizes[at % len(sizes)]
                found, at = found + data, at + 1
            return found

        _, found = await asyncio.gather(bring(), asyncio.to_thread(read))
        return found, feed

    found, feed = asyncio.run(both())
    assert found == b"".join(chunks)
    assert feed.digest == f"sha512:{hashlib.sha512(found).hexdigest()}"
    assert (feed.taken, feed.waiting) == (len(found), 0)


async def test_no_more_waits_than_a_few_megabytes_however_slow_the_reader():
    feed, chunks, go = Feed(), Endless(), threading.Event()
    most = 0

    def read() -> int:
        nonlocal most
        go.wait(5)
        while feed.taken < 4 * MOST_WAITING:
            most = max(most, feed.waiting)
            feed.read(1 << 16)
        return feed.taken

    reading = asyncio.create_task(piped(BlobStream(chunks), feed, read, nothing))
    async with asyncio.timeout(5):
        while feed.waiting < MOST_WAITING:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.001)
    await asyncio.sleep(0.01)
    assert feed.waiting == chunks.given == MOST_WAITING
    go.set()
    assert await reading == 4 * MOST_WAITING
    # The last chunk comes while there is still a little room.
    assert most < MOST_WAITING + len(CHUNK)
    assert chunks.given <= 5 * MOST_WAITING + len(CHUNK)


async def test_a_reader_that_has_enough_ends_the_stream_at_once():
    chunks = Endless(pause=0.01)
    feed = Feed()
    assert await piped(BlobStream(chunks), feed, lambda: feed.read(10), nothing) == bytes(10)
    given = chunks.given
    await asyncio.sleep(0.03)
    assert chunks.given == given


async def test_a_reader_that_fails_ends_the_stream_and_its_error_is_told():
    feed = Feed()

    def fail() -> None:
        feed.read(1)
        raise KeyError("a fault")

    with pytest.raises(KeyError, match="a fault"):
        await piped(BlobStream(Endless()), feed, fail, nothing)


async def test_what_keeps_the_bytes_from_coming_is_raised_where_they_are_read():
    feed = Feed()

    async def breaking():
        yield CHUNK
        raise UnreachableError("the line broke")

    def read() -> None:
        while feed.read(1 << 20):
            pass

    with pytest.raises(UnreachableError, match="the line broke"):
        await piped(BlobStream(breaking()), feed, read, nothing)
    await until_nobody_reads()


async def test_whoever_counts_may_end_it_all():
    feed = Feed()

    def enough(count: int) -> None:
        raise TooLargeError("enough")

    with pytest.raises(TooLargeError, match="enough"):
        await piped(BlobStream(Endless()), feed, lambda: feed.read(1), enough)
    await until_nobody_reads()


async def test_a_reader_that_is_busy_notices_by_looking_up_that_it_is_abandoned():
    feed, ended = Feed(), threading.Event()

    def busy() -> None:
        feed.read(1)
        try:
            while True:
                time.sleep(0.001)
                feed.check()
        except AbandonedError:
            ended.set()
            raise

    reading = asyncio.create_task(piped(BlobStream(Endless()), feed, busy, nothing))
    await asyncio.sleep(0.03)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert ended.is_set()
    await until_nobody_reads()


async def test_a_reader_that_never_looks_up_keeps_nobody_waiting_for_long(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("portcall.images.layers.piping._PATIENCE", 0.05)
    feed, go = Feed(), threading.Event()
    reading = asyncio.create_task(piped(BlobStream(Endless()), feed, lambda: go.wait(5), nothing))
    await asyncio.sleep(0.02)
    reading.cancel()
    async with asyncio.timeout(1):
        with pytest.raises(asyncio.CancelledError):
            await reading
    go.set()
    await until_nobody_reads()
