"""A stream that is read in a thread while it arrives."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from portcall.daemon import beside

if TYPE_CHECKING:
    from collections.abc import Callable

    from portcall.http.stream import BlobStream
    from portcall.images.layers.feed import Feed

Result = TypeVar("Result")

#: Longest that whoever leaves waits for the thread to notice, in seconds; it looks up many times in each.
_PATIENCE = 2.0


async def piped(
    stream: BlobStream, feed: Feed, work: Callable[[], Result], arrived: Callable[[int], object]
) -> Result:
    """Return what ``work()`` makes, in a thread of its own, of what arrives; whichever ends first ends the other.

    Args:
        stream: What arrives; whoever opened it closes it.
        feed: What ``work`` reads.
        work: Reads as much as it likes.
        arrived: Told of bytes that came; may raise to end it all.

    Raises:
        Exception: Whatever ``work`` raises; what keeps the bytes from coming is raised where it reads them.
    """
    reading = asyncio.ensure_future(beside("layer", work))
    # Whoever is cancelled twice does not get as far as to ask for it below.
    reading.add_done_callback(lambda done: done.cancelled() or done.exception())
    bringing = asyncio.ensure_future(_bring(stream, feed, arrived))
    try:
        await asyncio.wait((reading, bringing), return_when=asyncio.FIRST_COMPLETED)
        return await asyncio.shield(reading)
    finally:
        bringing.cancel()
        feed.abandon()
        await asyncio.wait((bringing, reading), timeout=_PATIENCE)
        # A thread that does not notice is left to itself.
        reading.cancel()


async def _bring(stream: BlobStream, feed: Feed, arrived: Callable[[int], object]) -> None:
    counted = 0
    try:
        async for chunk in stream:
            arrived(stream.received - counted)
            counted = stream.received
            await feed.put(chunk)
    except Exception as error:  # noqa: BLE001 - the reader raises it
        feed.end(error)
    else:
        feed.end()
