"""What is told of a state file that does not work."""

from __future__ import annotations

import errno
import sqlite3

from portcall.errors import UnreachableError

_AGAIN = "Portcall uses it again as soon as it works."
_SEE = "See that auth.store names a file that portcall may write to, on a disk that works."

#: By the lowest byte of SQLite's codes: what is the matter, and what to do.
_FAULTS = {
    sqlite3.SQLITE_FULL: (
        "is full",
        f"Make room on its disk; or it has all the bytes that it may, until some of it is over. {_AGAIN}",
    ),
    sqlite3.SQLITE_READONLY: ("may not be written to", _SEE),
    sqlite3.SQLITE_PERM: ("may not be used", _SEE),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", _SEE),
    sqlite3.SQLITE_BUSY: ("is locked by another process", f"End what holds it. {_AGAIN}"),
    sqlite3.SQLITE_LOCKED: ("is locked", _AGAIN),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "Move it away, with its -wal and -shm: a new one is made."),
    sqlite3.SQLITE_NOTADB: ("is no SQLite file", "Move it away: a new one is made."),
}
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def told(error: sqlite3.Error | OSError, where: str) -> UnreachableError:
    """Return what callers are told: neither a statement nor a value of it.

    Args:
        error: What SQLite or the system said.
        where: The store's address, for people.
    """
    if isinstance(error, TimeoutError) and error.errno is None:
        return UnreachableError(f"the state in {where} took too long", hint=_AGAIN)
    if isinstance(error, OSError):
        code = sqlite3.SQLITE_FULL if error.errno in _NO_ROOM else sqlite3.SQLITE_CANTOPEN
    else:
        # Without a code: the module's own, of what it was given.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    problem, hint = _FAULTS.get(code, ("cannot be read or written", _SEE))
    return UnreachableError(f"the state in {where} {problem}", hint=hint)
