"""Replies on a disk, for processes that come and go."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager, suppress
from contextvars import Context
from typing import TYPE_CHECKING, Any, TypeVar

from portcall.daemon import beside
from portcall.http.stores.room import Room
from portcall.http.stores.shelves import Shelves
from portcall.http.stores.store import MAX_ENTRY_BYTES, StoreInfo, StoreRefusesError
from portcall.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

T = TypeVar("T")

#: Most things done at a time; those that hang count for as long as they do.
_PLACES = 4

_log = get_logger("portcall.http.stores")


class DiskStore:
    """Files in a folder, which several processes may share; those not used for longest make way.

    It does its work in threads of its own, which nobody has to wait for: a disk that hangs must hold neither
    those in which names are resolved nor the end of the process.

    Args:
        folder: Made where it is missing, for its owner alone.
        max_bytes: Ceiling of all files together.
        clock: The time, in seconds since 1970.

    Raises:
        ConfigurationError: It is no folder, or one that somebody else may write to.
    """

    name = "disk"
    keeps_brief = False

    def __init__(self, folder: Path, max_bytes: int, *, clock: Callable[[], float] = time.time) -> None:
        self.where = f"disk://{folder}"
        self._shelves = Shelves(folder, MAX_ENTRY_BYTES, clock=clock)
        self._room = Room(self._shelves, max_bytes, clock=clock)
        self._places = asyncio.Semaphore(_PLACES)
        self._under_way: set[asyncio.Task[Any]] = set()
        self._tidying: asyncio.Task[None] | None = None
        self._looked = False

    def __repr__(self) -> str:
        return f"DiskStore({self.where!r})"

    def open(self) -> None:
        """There is nothing to load."""

    async def get(self, name: str) -> bytes | None:
        """Return the content of ``name``'s file, if there is one."""
        return await self._run(lambda: self._shelves.read(name))

    async def put(self, name: str, value: bytes, seconds: float) -> None:
        """Write ``name``'s file; too large a one is not kept, nor is any while room is being made.

        Raises:
            StoreRefusesError: The disk is full, or may not be written to.
        """
        room_is_wanted = await self._run(lambda: self._put(name, value))
        self._looked = True
        if room_is_wanted and not self._is_tidying:
            # Beside the work: counting takes longer than anybody waits for a file.
            self._tidying = asyncio.get_running_loop().create_task(self._run(self._tidy), context=Context())

    async def drop(self, name: str) -> None:
        """Remove ``name``'s file.

        Raises:
            StoreRefusesError: It may not be removed.
        """
        await self._run(lambda: self._drop(name))

    async def info(self) -> StoreInfo:
        """Count the files, and what they take of the disk."""

        def count() -> StoreInfo:
            rooms = [found.room for found in self._shelves.files() if not found.is_draft]
            return StoreInfo(len(rooms), sum(rooms), self.where)

        return await self._run(count)

    async def clear(self) -> int:
        """Remove the files that portcall has put there, and no others; return how many they were."""

        def clear() -> int:
            gone = [found for found in self._shelves.files() if self._shelves.take_away(found.shelf, found.file)]
            with suppress(FileNotFoundError):  # there is no folder
                self._room.tidy()
            return sum(not found.is_draft for found in gone)

        return await self._run(clear)

    async def aclose(self) -> None:
        """Wait for what was begun, for as long as whoever calls has time: the end of the process does not."""
        tidying = {self._tidying} if self._tidying else set()
        if under_way := self._under_way | tidying:
            await asyncio.wait(under_way)

    async def _run(self, work: Callable[[], T]) -> T:
        await self._places.acquire()
        # Not in the context of this call, nor ended with it: a thread cannot be stopped, and keeps its place.
        task = asyncio.get_running_loop().create_task(beside("disk", work), context=Context())
        self._under_way.add(task)
        task.add_done_callback(self._end)
        await asyncio.wait((task,))
        return task.result()

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._places.release()
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # marks it as seen: whoever asked may have gone

    @property
    def _is_tidying(self) -> bool:
        return self._tidying is not None and not self._tidying.done()

    def _put(self, name: str, value: bytes) -> bool:
        """Write the file where there is room for it; return whether room is to be made."""
        if len(value) > self._room.largest:
            return False
        with _refusing():
            self._shelves.make()
            is_due = not self._looked and self._room.is_due()
            if not self._room.take(len(value)):
                return True
            self._shelves.write(name, value)
        return is_due

    def _drop(self, name: str) -> None:
        with _refusing():
            self._shelves.remove(name)

    def _tidy(self) -> None:
        try:
            self._room.tidy()
        except FileNotFoundError:
            pass  # somebody has tidied the whole folder away
        except OSError as error:
            _log.warning("cache_not_tidied", store=self.name, where=self.where, error=type(error).__name__)


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreRefusesError(error.strerror or type(error).__name__) from error
