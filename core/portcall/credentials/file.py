"""The files where tools store credentials, read with care: they are other people's."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: Bytes: a file of logins has a few hundred.
MAX_FILE = 1 << 20


class UnreadableFileError(Exception):
    """The file cannot be read; says why."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file's text, and who may read it.

    Args:
        text: All of it.
        is_open_to_others: Whether its mode lets anybody else read or write it.
    """

    text: str = field(repr=False)
    is_open_to_others: bool


def read_stored(file: Path) -> StoredFile | None:
    """Read a file; ``None`` where there is none.

    Raises:
        UnreadableFileError: It cannot be read, is no regular file, is no UTF-8, or is far too long.
    """
    try:
        mode, content = _opened(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UnreadableFileError(f"cannot be read: {error.strerror or 'unknown reason'}") from None
    except ValueError:
        raise UnreadableFileError("cannot be read: there is no such path") from None
    if len(content) > MAX_FILE:
        raise UnreadableFileError(f"is longer than {MAX_FILE >> 20} MiB")
    try:
        return StoredFile(content.decode("utf-8-sig"), bool(stat.S_IMODE(mode) & 0o077))
    except UnicodeDecodeError:
        raise UnreadableFileError("is no UTF-8 text") from None


def _opened(file: Path) -> tuple[int, bytes]:
    """Return a regular file's mode and content, of which there may be one byte too many."""
    # A pipe under this name would have us wait for whoever writes to it.
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise UnreadableFileError("is no regular file")
        with open(descriptor, "rb", closefd=False) as opened:
            return mode, opened.read(MAX_FILE + 1)
    finally:
        os.close(descriptor)
