"""Files by name in a folder that several processes share: whole or absent, and for their owner alone.

A folder ``ab`` for each first byte of the names' hashes, in it a file for the rest. Folders are opened one by
one and nothing is followed: a symbolic link in there leads nowhere. Whatever is looked at may vanish meanwhile.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import stat
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: Seconds after which a file that is used counts as used anew: not every read has to write.
_TOUCH_SECONDS = 60
#: Seconds after which a draft is one that a crash left behind.
_LOST_SECONDS = 3600
#: What a file takes is counted in these: the blocks of common file systems.
_BLOCK = 4096
_SHELF = re.compile(r"[0-9a-f]{2}\Z")
_FILE = re.compile(r"[0-9a-f]{62}\Z")
_DRAFT = re.compile(r"[0-9a-f]{16}\.draft\Z")
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NOT_OURS = frozenset({errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.ENXIO})


@dataclass(frozen=True, slots=True)
class ShelvedFile:
    """A file as it was found."""

    shelf: str
    file: str
    bytes: int
    used: float

    @property
    def room(self) -> int:
        """What it takes of the disk, in bytes."""
        return room_for(self.bytes)

    @property
    def is_draft(self) -> bool:
        """Whether it was never finished, or is not yet."""
        return _DRAFT.match(self.file) is not None


def room_for(size: int) -> int:
    """Return what a file of ``size`` bytes takes of the disk."""
    return -(-max(size, 1) // _BLOCK) * _BLOCK


class Shelves:
    """The folder.

    Args:
        folder: Made where it is missing, if that is possible.
        most: Largest file that is read, bytes.
        clock: The time, in seconds since 1970.

    Raises:
        ConfigurationError: It is no folder, or one that somebody else may write to.
    """

    def __init__(self, folder: Path, most: int, *, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._most = most
        self._clock = clock
        with suppress(OSError):
            _make_private(folder)
        try:
            problem = _problem(folder.stat())
        except OSError:
            return  # it cannot be used now, which is no reason not to start
        if problem:
            raise ConfigurationError(
                f"cache.url: {folder} {problem}",
                hint="Name a folder of your own (chmod 700): who writes there says what portcall answers.",
            )

    def make(self) -> None:
        """Make the folder, should it be gone.

        Raises:
            OSError: It cannot be made.
        """
        _make_private(self._folder)

    def read(self, name: str) -> bytes | None:
        """Return the content of ``name``, if there is one, and note that it was used.

        Raises:
            OSError: The disk does not work.
        """
        shelf, file = _place(name)
        try:
            with self._shelf(shelf) as folder:
                # Without O_NONBLOCK, a pipe that somebody put there would be waited for.
                flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
                descriptor = os.open(file, flags, dir_fd=folder)
        except OSError as error:
            if error.errno in _NOT_OURS:
                return None
            raise
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > self._most:
                return None
            if abs(self._clock() - status.st_mtime) > _TOUCH_SECONDS:
                with suppress(OSError):  # a disk for reading only is good for reading
                    os.utime(descriptor)
            return os.read(descriptor, self._most)
        finally:
            os.close(descriptor)

    def write(self, name: str, value: bytes) -> None:
        """Put ``value`` under ``name``: whoever reads sees all of it, or what was there before.

        Raises:
            OSError: The disk is full, or may not be written to.
        """
        shelf, file = _place(name)
        draft = f"{secrets.token_hex(8)}.draft"
        with self._shelf(shelf, make=True) as folder:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(draft, flags, 0o600, dir_fd=folder)
            try:
                try:
                    _write_all(descriptor, value)
                finally:
                    os.close(descriptor)
                os.replace(draft, file, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                with suppress(OSError):
                    os.unlink(draft, dir_fd=folder)
                raise

    def remove(self, name: str) -> None:
        """Remove ``name``, if it is there.

        Raises:
            OSError: It cannot be removed.
        """
        self.take_away(*_place(name))

    def take_away(self, shelf: str, file: str) -> bool:
        """Remove a file that was found; return whether it was still there.

        Raises:
            OSError: It cannot be removed.
        """
        try:
            with self._shelf(shelf) as folder:
                os.unlink(file, dir_fd=folder)
        except OSError as error:
            if error.errno in _NOT_OURS:
                return False
            raise
        return True

    def files(self) -> Iterator[ShelvedFile]:
        """Yield what is there, drafts included; what is not of portcall's making is passed over.

        Raises:
            OSError: The folder cannot be read.
        """
        for shelf in sorted(filter(_SHELF.match, self._names())):
            # Gone, or no folder, or not to be read: somebody is at work there.
            with suppress(OSError), self._shelf(shelf) as folder, os.scandir(folder) as entries:
                for entry in entries:
                    if not (_FILE.match(entry.name) or _DRAFT.match(entry.name)):
                        continue
                    with suppress(FileNotFoundError):
                        status = entry.stat(follow_symlinks=False)
                        if stat.S_ISREG(status.st_mode):
                            yield ShelvedFile(shelf, entry.name, status.st_size, status.st_mtime)

    def is_lost(self, found: ShelvedFile) -> bool:
        """Tell whether ``found`` is a draft that nobody will finish."""
        return found.is_draft and abs(self._clock() - found.used) > _LOST_SECONDS

    @contextmanager
    def opened(self) -> Iterator[int]:
        """Open the folder, a descriptor, if it is as private as it was.

        Raises:
            OSError: It is gone, or somebody else's by now.
        """
        folder = os.open(self._folder, _FOLDER_FLAGS)
        try:
            if _problem(os.fstat(folder)):
                raise PermissionError(errno.EPERM, "somebody else may write there")
            yield folder
        finally:
            os.close(folder)

    @contextmanager
    def _shelf(self, name: str, *, make: bool = False) -> Iterator[int]:
        with self.opened() as folder:
            shelf = _open_shelf(name, folder, make=make)
            try:
                yield shelf
            finally:
                os.close(shelf)

    def _names(self) -> list[str]:
        try:
            with self.opened() as folder:
                return os.listdir(folder)  # noqa: PTH208 - of a descriptor
        except FileNotFoundError:
            return []


def _place(name: str) -> tuple[str, str]:
    hashed = hashlib.sha256(name.encode()).hexdigest()
    return hashed[:2], hashed[2:]


def _open_shelf(name: str, folder: int, *, make: bool) -> int:
    flags = _FOLDER_FLAGS | os.O_NOFOLLOW
    try:
        return os.open(name, flags, dir_fd=folder)
    except FileNotFoundError:
        if not make:
            raise
    with suppress(FileExistsError):  # another process was faster
        os.mkdir(name, 0o700, dir_fd=folder)
    return os.open(name, flags, dir_fd=folder)


def _write_all(descriptor: int, value: bytes) -> None:
    rest = memoryview(value)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _make_private(folder: Path) -> None:
    """Make the folder, and those above it that are missing, for their owner alone."""
    if folder.exists():
        return
    _make_private(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)


def _problem(status: os.stat_result) -> str:
    if not stat.S_ISDIR(status.st_mode):
        return "is no folder"
    if status.st_uid != os.geteuid():
        return "belongs to somebody else"
    return "may be written to by others" if status.st_mode & 0o022 else ""
