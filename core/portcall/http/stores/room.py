"""How much of a folder's room is taken, by all processes that share it together.

Nobody counts the files at each write. Whoever writes first adds as many bytes to the file ``written`` as blocks
are about to be taken: its length is what all have taken since somebody counted. At an eighth of the ceiling it is
time to count again and to throw away what was not used for longest, down to three quarters; meanwhile nothing
is taken. The last eighth is for writes that were under way while somebody counted.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from portcall.http.stores.shelves import room_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from portcall.http.stores.shelves import ShelvedFile, Shelves

_BLOCK = room_for(1)
#: Seconds after which it is counted even if little was written: the ceiling may have been lowered.
_RECOUNT_SECONDS = 3600
_FLAGS = os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


class Room:
    """The room.

    Args:
        shelves: The folder's files.
        max_bytes: The ceiling.
        clock: The time, in seconds since 1970.
    """

    def __init__(self, shelves: Shelves, max_bytes: int, *, clock: Callable[[], float] = time.time) -> None:
        self._shelves = shelves
        self._clock = clock
        self._kept = max_bytes // 4 * 3
        self._slack = max_bytes // 8
        #: Largest file that is taken, bytes.
        self.largest = max_bytes // 16

    def take(self, size: int) -> bool:
        """Claim the room for a file; ``False`` where there is none before :meth:`tidy` has made some.

        Raises:
            OSError: The folder is gone, or may not be written to.
        """
        blocks = room_for(size) // _BLOCK
        with self._shelves.opened() as folder:
            written = os.open("written", os.O_WRONLY | os.O_APPEND | _FLAGS, 0o600, dir_fd=folder)
            try:
                # Appending is what several processes can do at once and still count right.
                if (os.fstat(written).st_size + blocks) * _BLOCK <= self._slack:
                    os.write(written, bytes(blocks))
                    return os.fstat(written).st_size * _BLOCK <= self._slack
            finally:
                os.close(written)
        return False

    def is_due(self) -> bool:
        """Tell whether it was not counted for long, or ever."""
        with self._shelves.opened() as folder, suppress(FileNotFoundError):
            counted = os.stat("counted", dir_fd=folder, follow_symlinks=False).st_mtime
            return abs(self._clock() - counted) > _RECOUNT_SECONDS
        return True

    def tidy(self) -> None:
        """Make room, unless another process is at it.

        Raises:
            OSError: The folder is gone, or may not be written to.
        """
        with self._shelves.opened() as folder, _locked(folder) as mine:
            if not mine:
                return
            files = [found for found in self._shelves.files() if not self._swept(found)]
            self._throw_away(files)
            written = os.open("written", os.O_WRONLY | os.O_TRUNC | _FLAGS, 0o600, dir_fd=folder)
            os.close(written)

    def _swept(self, found: ShelvedFile) -> bool:
        return self._shelves.is_lost(found) and self._shelves.take_away(found.shelf, found.file)

    def _throw_away(self, files: list[ShelvedFile]) -> None:
        taken = sum(found.room for found in files)
        for found in sorted(files, key=lambda found: found.used):
            if taken <= self._kept:
                return
            # A fresh draft is somebody's who is writing.
            if not found.is_draft:
                self._shelves.take_away(found.shelf, found.file)
                taken -= found.room


@contextmanager
def _locked(folder: int) -> Iterator[bool]:
    """Tell whether this process alone is at it; noting when, for the others."""
    counted = os.open("counted", os.O_WRONLY | _FLAGS, 0o600, dir_fd=folder)
    try:
        try:
            fcntl.flock(counted, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
        os.utime(counted)
    finally:
        os.close(counted)
