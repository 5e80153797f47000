"""Bytes on their way from the event loop, where they arrive, to the thread that reads them."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections import deque
from contextlib import suppress

#: Bytes that wait at most; whoever brings more waits until the reader has caught up.
MOST_WAITING = 2 << 20


class AbandonedError(Exception):
    """Nobody waits for the reader any more; never leaves the thread."""


class Feed:
    """A pipe with an asynchronous end for whoever brings bytes, and a blocking one for whoever reads them.

    What is read is hashed in the reader's thread.

    Args:
        algorithm: Of the digest that all the bytes are to be compared with: ``"sha256"``.
    """

    def __init__(self, algorithm: str = "sha256") -> None:
        self._loop = asyncio.get_running_loop()
        self._room = asyncio.Event()
        self._arrival = threading.Condition()
        self._chunks: deque[memoryview] = deque()
        self._waiting = 0
        self._is_full = self._has_ended = False
        self._failure: BaseException | None = None
        self._hash = hashlib.new(algorithm)
        #: Bytes that the reader has taken.
        self.taken = 0

    @property
    def waiting(self) -> int:
        """Bytes that were brought and not yet read."""
        return self._waiting

    async def put(self, chunk: bytes) -> None:
        """Bring bytes; return once there is room for more."""
        if not chunk:
            return  # it would be taken for the end
        with self._arrival:
            self._chunks.append(memoryview(chunk))
            self._waiting += len(chunk)
            self._is_full = self._waiting >= MOST_WAITING
            self._arrival.notify()
        while self._is_full:
            # Word of the room before may still be on its way, and the reader may have made some since.
            self._room.clear()
            if self._is_full:
                await self._room.wait()

    def end(self, failure: BaseException | None = None) -> None:
        """Say that no more will come: because this was all, or because of a failure, which the reader raises."""
        with self._arrival:
            self._has_ended = True
            self._failure = self._failure or failure
            self._arrival.notify()

    def abandon(self) -> None:
        """Let the reader stop, wherever it is."""
        self.end(AbandonedError())

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, ``b""`` at the end; blocks, in the reader's thread.

        Raises:
            BaseException: Whatever kept the rest from coming.
        """
        with self._arrival:
            while not self._chunks and not self._has_ended:
                self._arrival.wait()
            self.check()
            data = self._take(size)
        self._hash.update(data)
        self.taken += len(data)
        return data

    def check(self) -> None:
        """Raise what ended the feed early, if anything did: also where the reader is busy with what it has."""
        if self._failure is not None:
            raise self._failure

    @property
    def digest(self) -> str:
        """The digest of all that was read."""
        return f"{self._hash.name}:{self._hash.hexdigest()}"

    def _take(self, size: int) -> bytes:
        if not self._chunks:
            return b""
        first = self._chunks.popleft()
        if len(first) > size:
            self._chunks.appendleft(first[size:])
            first = first[:size]
        self._waiting -= len(first)
        # Not for every piece that is read: waking the event loop costs more than reading it.
        if self._is_full and self._waiting <= MOST_WAITING // 2:
            self._is_full = False
            with suppress(RuntimeError):  # the loop is closed: nobody brings anything any more
                self._loop.call_soon_threadsafe(self._room.set)
        return bytes(first)
