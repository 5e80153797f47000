"""An SQLite file for its owner alone: opened when it is used, and anew after every fault."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from portcall.errors import ConfigurationError
from portcall.state.sqlite_schema import APPLICATION, SWEEPS, TABLES, VERSION

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence
    from pathlib import Path

Row = tuple[object, ...]

#: Rows of each table whose time is over that go with every write, so that none comes in faster than it goes.
_SWEPT = 8
#: The same, where the file is full.
_SWEPT_WHEN_FULL = 2000
_PAGE_BYTES = 4096
_BY_EFFECTIVE_USER = os.access in os.supports_effective_ids
_FOLDER_HINT = "Name a file in a folder of your own: one that is missing is made so."
_FILE_HINT = "Make it your own alone (chmod 600), or name another: who writes there says who is signed in."


class SqliteFile:
    """A connection to the file; not for two threads at a time.

    Args:
        path: The file, made with its folder where it is missing.
        max_bytes: Ceiling of its size.
        patience: Seconds for which a lock of another process is waited for.
        clock: The time, in seconds since 1970.
        opening: Held while the file is made and opened. All who use it in this process share one: whoever closes
            any descriptor of a file ends the locks that its process has on it.
    """

    def __init__(
        self, path: Path, max_bytes: int, patience: float, clock: Callable[[], float], opening: threading.Lock
    ) -> None:
        self._path = path
        self._opening = opening
        self._max_pages = max_bytes // _PAGE_BYTES
        self._patience = patience
        self._clock = clock
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, int] | None = None
        self._may_write = False

    def read(self, statement: str, row: Row) -> list[Row]:
        """Return what ``statement`` selects.

        Raises:
            ConfigurationError: The file is not one to use.
            OSError: It cannot be reached.
            sqlite3.Error: It cannot be read.
        """
        try:
            found = self._connected().execute(statement, row).fetchall()
        except sqlite3.Error:
            self.close()
            raise
        if not self._may_write:
            # Kept open, it would hold the file's index for reading only, and with it all of this process.
            self.close()
        return found

    def write(self, statement: str, rows: Sequence[Row]) -> list[Row]:
        """Do ``statement`` for every row, all or none; return what it returned for the last.

        Raises:
            ConfigurationError: The file is not one to use.
            OSError: It cannot be reached.
            sqlite3.Error: It cannot be written to.
        """
        try:
            try:
                return self._transact(statement, rows, _SWEPT)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
                    raise
            self._transact("", (), _SWEPT_WHEN_FULL)
            return self._transact(statement, rows, _SWEPT)
        except sqlite3.Error:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file; it is opened again when it is used."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _transact(self, statement: str, rows: Sequence[Row], swept: int) -> list[Row]:
        connection = self._connected()
        found: list[Row] = []
        # The lock at once: what is looked at and what is written are one for all processes.
        connection.execute("BEGIN IMMEDIATE")
        try:
            now = self._clock()
            for sweep in SWEEPS:
                connection.execute(sweep, (now, swept))
            for row in rows:
                found = connection.execute(statement, row).fetchall()
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # SQLite itself has given up some
                connection.execute("ROLLBACK")
            raise
        return found

    def _connected(self) -> sqlite3.Connection:
        """Return the connection to the file that is at the path now: the operator may have moved one away."""
        if self._connection is not None and self._opened != _identity(self._path):
            self.close()
        if self._connection is None:
            with self._opening:
                _make_file(self._path)
                refuse_unsafe(self._path)
                opened = _identity(self._path)
                self._may_write = os.access(self._path, os.W_OK, effective_ids=_BY_EFFECTIVE_USER)
                self._connection, self._opened = self._open(), opened
        return self._connection

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=self._patience, isolation_level=None, check_same_thread=False
        )
        try:
            _patiently(lambda: connection.execute("PRAGMA journal_mode=WAL").fetchall(), self._patience)
            # FULL: what was revoked stays so, even if the power fails.
            for setting in (
                "synchronous=FULL",
                "secure_delete=ON",
                "trusted_schema=OFF",
                f"max_page_count={self._max_pages}",
            ):
                connection.execute(f"PRAGMA {setting}").fetchall()
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """See that it is a file of ours, or make it one.

        Raises:
            ConfigurationError: It is not.
        """
        if _marks(connection) == (APPLICATION, VERSION):
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            self._mark(connection)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _mark(self, connection: sqlite3.Connection) -> None:
        marks = _marks(connection)
        if marks == (APPLICATION, VERSION):
            return  # another process was faster
        if marks[0] == APPLICATION:
            raise ConfigurationError(
                f"{self._path} was made by another version of portcall, with format {marks[1]} and not {VERSION}",
                hint="Run that version, or move the file away: all then sign in anew.",
            )
        if marks != (0, 0) or connection.execute("SELECT 1 FROM sqlite_master").fetchall():
            raise ConfigurationError(f"{self._path} is no file of portcall's", hint="Name another in auth.store.")
        for statement in TABLES:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id={APPLICATION}")
        connection.execute(f"PRAGMA user_version={VERSION}")


def refuse_unsafe(path: Path) -> None:
    """Look at a file and its folder; those that are missing are no fault.

    Raises:
        ConfigurationError: Somebody else may read or write the file, or put another in its place.
        OSError: They cannot be looked at.
    """
    with suppress(FileNotFoundError):
        status = path.parent.stat()
        if not stat.S_ISDIR(status.st_mode):
            raise ConfigurationError(f"auth.store: {path.parent} is no folder", hint=_FOLDER_HINT)
        if status.st_uid != os.geteuid() or status.st_mode & 0o022:
            raise ConfigurationError(
                f"auth.store: {path.parent} may be written to by others, or is somebody else's", hint=_FOLDER_HINT
            )
        # Not opened: see SqliteFile on descriptors that are closed.
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise ConfigurationError(f"auth.store: {path} is no file", hint=_FILE_HINT)
        if status.st_uid != os.geteuid() or status.st_mode & 0o077:
            raise ConfigurationError(
                f"auth.store: {path} can be read by others, or is somebody else's", hint=_FILE_HINT
            )


def _make_file(path: Path) -> None:
    """Make the file for its owner alone, where it is missing."""
    _make_folder(path.parent)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))


def _make_folder(folder: Path) -> None:
    """Make the folder, and those above it that are missing, for their owner alone."""
    if not folder.exists():
        _make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _marks(connection: sqlite3.Connection) -> tuple[int, int]:
    ((application,),) = connection.execute("PRAGMA application_id").fetchall()
    ((version,),) = connection.execute("PRAGMA user_version").fetchall()
    return application, version


def _patiently(work: Callable[[], object], patience: float) -> None:
    """Do what SQLite does not wait with for another process' lock, whatever its timeout."""
    deadline = time.monotonic() + patience
    while True:
        try:
            work()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
