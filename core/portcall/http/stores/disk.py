"""Replies on a disk, for processes that come and go."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

from portcall.http.stores.room import Room
from portcall.http.stores.shelves import Shelves
from portcall.http.stores.store import MAX_ENTRY_BYTES, StoreInfo, StoreRefusesError
from portcall.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

T = TypeVar("T")

_THREADS = 4

_log = get_logger("portcall.http.stores")


class DiskStore:
    """Files in a folder, which several processes may share; those not used for longest make way.

    It does its work in threads of its own: a disk that hangs must not hold those in which names are resolved.

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
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="portcall-disk")
        self._tidying: Future[None] | None = None
        self._looked = False

    def __repr__(self) -> str:
        return f"DiskStore({self.where!r})"

    async def get(self, name: str) -> bytes | None:
        """Return the content of ``name``'s file, if there is one."""
        return await self._run(lambda: self._shelves.read(name))

    async def put(self, name: str, value: bytes, seconds: float) -> None:
        """Write ``name``'s file; too large a one is not kept, nor is any while room is being made.

        Raises:
            StoreRefusesError: The disk is full, or may not be written to.
        """
        await self._run(lambda: self._put(name, value))

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
        """Wait for the threads to finish what they began."""
        await asyncio.to_thread(self._threads.shutdown)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _put(self, name: str, value: bytes) -> None:
        if len(value) > self._room.largest:
            return
        with _refusing():
            self._shelves.make()
            if not self._looked:
                self._looked = True
                if self._room.is_due():
                    self._tidy_soon()
            if self._room.take(len(value)):
                self._shelves.write(name, value)
            else:
                self._tidy_soon()

    def _drop(self, name: str) -> None:
        with _refusing():
            self._shelves.remove(name)

    def _tidy_soon(self) -> None:
        """Make room beside the work: counting takes longer than anybody waits for a file."""
        if self._tidying is None or self._tidying.done():
            self._tidying = self._threads.submit(self._tidy)

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
