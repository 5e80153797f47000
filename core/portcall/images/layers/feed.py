"""Bytes on their way from the event loop, where they arrive, to the thread that reads them."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections import deque

#: Bytes that wait at most; whoever brings more waits until the reader has caught up.
MOST_WAITING = 4 << 20


class AbandonedError(Exception):
    """Nobody waits for the reader any more; never leaves the thread."""


class Feed:
    """A pipe with an asynchronous end for whoever brings bytes, and a blocking one for whoever reads them.

    What is read is hashed in the reader's thread.

    Args:
        algorithm: Of the digest that all the bytes are to be compared with: ``"sha256"``.
    """

    def __init__(self, algorithm: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._room = asyncio.Event()
        self._arrival = threading.Condition()
        self._chunks: deque[bytes] = deque()
        self._waiting = 0
        self._has_ended = False
        self._is_closed = False
        self._failure: BaseException | None = None
        self._hash = hashlib.new(algorithm)
        #: Bytes that the reader has taken.
        self.taken = 0

    async def put(self, chunk: bytes) -> bool:
        """Bring bytes, once there is room for more; return whether anybody still reads."""
        with self._arrival:
            self._chunks.append(chunk)
            self._waiting += len(chunk)
            self._arrival.notify()
        while self._waiting > MOST_WAITING and not self._is_closed:
            self._room.clear()
            if self._waiting > MOST_WAITING and not self._is_closed:
                await self._room.wait()
        return not self._is_closed

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
            if not self._chunks:
                return b""
            data = self._chunks.popleft()
            if len(data) > size:
                self._chunks.appendleft(data[size:])
                data = data[:size]
            self._waiting -= len(data)
        self._hash.update(data)
        self.taken += len(data)
        self._tell_of_room()
        return data

    def check(self) -> None:
        """Raise what ended the feed early, if anything did: also where the reader is busy with what it has."""
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Say, in the reader's thread, that it reads no more."""
        self._is_closed = True
        self._tell_of_room()

    @property
    def digest(self) -> str:
        """The digest of all that was read."""
        return f"{self._hash.name}:{self._hash.hexdigest()}"

    def _tell_of_room(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._room.set)
        except RuntimeError:
            return  # the loop is closed: nobody brings anything any more
