"""State in a file, for the processes of one machine."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, cast

from portcall.errors import ConfigurationError, UnreachableError
from portcall.state import sqlite_schema as schema
from portcall.state.lane import Lane
from portcall.state.record import checked, hashed, lasting
from portcall.state.sqlite_faults import told
from portcall.state.sqlite_file import SqliteFile, refuse_unsafe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from portcall.state.sqlite_file import Row

#: Ceiling of the file, bytes: it fills, with whatever strangers make it keep, and the disk does not.
MAX_BYTES = 268_435_456
#: Seconds for which anybody waits; a lock is waited for a little less, so that what is told is the cause.
PATIENCE = 4.0
_LOCK_SHARE = 0.75
#: The first with ``RETURNING``.
_OLDEST = (3, 35)


class SqliteState:
    """An SQLite file that several processes may use at once, and nobody but their user.

    Those who read do not wait for those who write: each have a connection of their own, off the event loop.

    Args:
        path: The file, made with its folder where it is missing.
        max_bytes: Ceiling of its size.
        patience: Seconds for which a call waits for a lock, or a disk that hangs.
        clock: The time, in seconds since 1970.

    Raises:
        ConfigurationError: Others may read or write the file, or put another in its place; or SQLite is too old.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_bytes: int = MAX_BYTES,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if sqlite3.sqlite_version_info < _OLDEST:
            raise ConfigurationError(
                f"auth.store: this Python has SQLite {sqlite3.sqlite_version}, and 3.35 or later is needed",
                hint="Use another Python, or keep state in Redis.",
            )
        self.where = f"sqlite://{path}"
        self._clock = clock
        with suppress(OSError):  # what cannot be looked at now may be there later, and is looked at again
            refuse_unsafe(path)
        opening = threading.Lock()
        self._reading, self._writing = (
            _Access(SqliteFile(path, max_bytes, patience * _LOCK_SHARE, clock, opening), self.where, patience)
            for _ in range(2)
        )

    def __repr__(self) -> str:
        return f"SqliteState({self.where!r})"

    async def put(self, kind: str, key: str, value: bytes, seconds: float) -> None:
        """Keep ``value``, instead of what was there."""
        await self._writing.write(schema.PUT, (kind, hashed(key), checked(value), self._end(seconds)))

    async def add(self, kind: str, key: str, value: bytes, seconds: float) -> bool:
        """Keep ``value`` where nothing is kept; tell whether it was so."""
        row = (kind, hashed(key), checked(value), self._end(seconds), self._clock())
        return bool(await self._writing.write(schema.ADD, row))

    async def get(self, kind: str, key: str) -> bytes | None:
        """Return what is kept."""
        rows = await self._reading.read(schema.GET, (kind, hashed(key), self._clock()))
        return cast("bytes", rows[0][0]) if rows else None

    async def take(self, kind: str, key: str) -> bytes | None:
        """Return what is kept and drop it."""
        for value, ends in await self._writing.write(schema.TAKE, (kind, hashed(key))):
            if cast("float", ends) > self._clock():
                return cast("bytes", value)
        return None

    async def drop(self, kind: str, *keys: str) -> None:
        """Drop records."""
        if keys:
            await self._writing.write(schema.DROP, *((kind, hashed(key)) for key in keys))

    async def count(self, kind: str, key: str, seconds: float) -> int:
        """Add one to a counter and return what it is now."""
        row = (kind, hashed(key), self._end(seconds), self._clock())
        ((number,),) = await self._writing.write(schema.COUNT, row)
        return cast("int", number)

    async def enter(self, kind: str, key: str, member: str, seconds: float, at_most: int) -> bool:
        """Put a member into a bounded group, or renew its time; tell whether there was room."""
        row = (kind, hashed(key), hashed(member), self._end(seconds), self._clock(), at_most)
        return bool(await self._writing.write(schema.ENTER, row))

    async def leave(self, kind: str, key: str, member: str) -> None:
        """Take a member out of a group."""
        await self._writing.write(schema.LEAVE, (kind, hashed(key), hashed(member)))

    async def check(self) -> None:
        """Write a row and read it."""
        await self.put("check", "", b"", 60)
        if await self.get("check", "") is None:
            raise UnreachableError(f"{self.where} does not keep what is written to it")

    async def aclose(self) -> None:
        """Let go of the file, after what was begun; a disk that hangs is not waited for."""
        await self._reading.aclose()
        await self._writing.aclose()

    def _end(self, seconds: float) -> float:
        return self._clock() + lasting(seconds)


class _Access:
    """One connection to the file, beside the event loop."""

    def __init__(self, file: SqliteFile, where: str, patience: float) -> None:
        self._file = file
        self._where = where
        self._lane = Lane("state", patience)

    async def read(self, statement: str, row: Row) -> list[Row]:
        return await self._run(partial(self._file.read, statement, row))

    async def write(self, statement: str, *rows: Row) -> list[Row]:
        return await self._run(partial(self._file.write, statement, rows))

    async def aclose(self) -> None:
        with suppress(TimeoutError):
            await self._lane.run(self._file.close)
        self._lane.end()

    async def _run(self, work: Callable[[], list[Row]]) -> list[Row]:
        try:
            return await self._lane.run(work)
        except ConfigurationError as error:  # it was another when portcall started
            raise UnreachableError(error.message, hint=error.hint) from error
        except (sqlite3.Error, OSError) as error:
            raise told(error, self._where) from error
