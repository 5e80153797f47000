"""What a feed makes of bad moments, and of odd chunks."""

from __future__ import annotations

import asyncio

import pytest

from portcall.images.layers.feed import MOST_WAITING, Feed

pytestmark = pytest.mark.anyio

FULL = bytes(MOST_WAITING)


async def test_room_that_is_taken_again_before_word_of_it_comes_is_no_room():
    """The reader, in its thread, may make room and the bringer fill it within one turn of the event loop."""
    feed = Feed()
    first = asyncio.create_task(feed.put(FULL))
    await asyncio.sleep(0)
    while feed.waiting:
        feed.read(1 << 20)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await feed.put(FULL)
    first.cancel()


async def test_an_empty_chunk_is_not_the_end():
    feed = Feed()
    for chunk in (b"", b"a", b"", b"b"):
        await feed.put(chunk)
    feed.end()
    assert [feed.read(10), feed.read(10), feed.read(10)] == [b"a", b"b", b""]


async def test_one_huge_chunk_is_read_in_pieces_and_hashed_whole():
    feed = Feed("sha512")
    putting = asyncio.create_task(feed.put(FULL + b"end"))
    await asyncio.sleep(0)
    feed.end()
    pieces = []
    while piece := feed.read(65_536):
        pieces.append(len(piece))
    await putting
    assert (max(pieces), sum(pieces), feed.taken) == (65_536, MOST_WAITING + 3, MOST_WAITING + 3)
    assert feed.digest.startswith("sha512:")
