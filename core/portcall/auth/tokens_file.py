"""The tokens file as a file: read within bounds, and known again when it has changed."""

from __future__ import annotations

import os
import re
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from portcall.errors import ConfigurationError

#: Most bytes of the file: ten thousand lines, each with its comment.
_MAX_BYTES = 4 << 20
#: Seconds for which a file that was just written may be written again without its times telling so.
_UNSETTLED = 2.0
#: What stands where a path is due may be a token, pasted by mistake: messages repeat only what looks like a path.
_PATH = re.compile(r"(?:~|\.{0,2})/|[A-Za-z]:[\\/]")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells one state of a file from the next."""

    modified: int
    changed: int
    size: int
    inode: int
    device: int

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        """Return the stamp of a file's status."""
        return cls(status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_dev)

    def is_settled(self, now: float) -> bool:
        """Tell whether another change would show; ``now`` in seconds since 1970."""
        return abs(now - self.changed / 1e9) > _UNSETTLED


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file held.

    Args:
        text: All of it.
        stamp: Of the file as it was then; ``None`` where it may have changed since without showing it.
        is_open: Whether anybody on this machine may read it.
    """

    text: str
    stamp: Stamp | None
    is_open: bool


class TokensFile:
    """A file of tokens' hashes.

    Args:
        name: Its path; ``~`` is the home folder.
        where: What messages call it; by default, what ``auth.tokens_file`` names.
    """

    def __init__(self, name: str | Path, where: str = "") -> None:
        self._name = str(name)
        named = f"auth.tokens_file {name}" if _PATH.match(self._name) else "the file that auth.tokens_file names"
        self.where = where or named

    @property
    def path(self) -> Path:
        """Where it is.

        Raises:
            ConfigurationError: There is no such path.
        """
        try:
            return Path(self._name).expanduser()
        except RuntimeError:
            raise self.unreadable("there is no such home folder") from None

    def read(self) -> Reading:
        """Return what it holds now.

        Raises:
            ConfigurationError: It cannot be read, is no file, is too large, is no text, or anybody may change it.
        """
        try:
            # Not to wait for somebody who writes into a pipe.
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            with open(descriptor, "rb") as file:  # noqa: PTH123 - of a descriptor
                status = os.fstat(descriptor)
                self._check(status)
                content = file.read(_MAX_BYTES + 1)
        except (OSError, ValueError) as error:
            raise self.unreadable(getattr(error, "strerror", None) or "there is no such path") from None
        if len(content) > _MAX_BYTES:
            raise self.unreadable("it is over 4 MiB")
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise self.unreadable("it is no UTF-8 text") from None
        stamp = Stamp.of(status)
        return Reading(text, stamp if stamp.is_settled(time.time()) else None, bool(status.st_mode & stat.S_IROTH))

    def is_as_at(self, stamp: Stamp | None) -> bool:
        """Tell whether it is known not to have changed since."""
        try:
            return stamp is not None and Stamp.of(self.path.stat()) == stamp
        except (OSError, ValueError):
            return False

    def unreadable(self, reason: str) -> ConfigurationError:
        """Return the error that says why it cannot be used."""
        return ConfigurationError(f"{self.where} cannot be read: {reason}", hint="Check path and mode.")

    def _check(self, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            raise self.unreadable("it is no file")
        if status.st_mode & stat.S_IWOTH:
            raise ConfigurationError(
                f"{self.where} can be changed by anybody on this machine, who could so let themselves in",
                hint="Take that away: chmod o-w.",
            )
