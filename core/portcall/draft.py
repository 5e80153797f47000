"""Files replaced in one step: whoever reads one meanwhile finds it as it was, or as it is then."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def draft(target: Path, data: bytes, *, mode: int = 0o600) -> Iterator[Path]:
    """Return a file beside ``target``, to be put in its place by ``replace``; one that was not is taken away.

    Args:
        target: The file to replace, no link.
        data: What it is to hold.
        mode: Of a target that is new; one that is there leaves its own, and its owner.

    Raises:
        OSError: It cannot be written.
    """
    path = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        write_new(path, data, like=target, mode=mode)
        yield path
    finally:
        path.unlink(missing_ok=True)


def write_new(path: Path, data: bytes, *, like: Path, mode: int = 0o600) -> None:
    """Write a file that there was not, with the mode and owner of another one where that exists.

    Args:
        path: The new file.
        data: What it is to hold.
        like: The other one.
        mode: The new one's where there is no other, as far as the umask lets.

    Raises:
        FileExistsError: It was there already.
        OSError: It cannot be written.
    """
    status = like.stat() if like.exists() else None
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    # Nobody else reads what was not for them before.
    descriptor = os.open(path, flags, mode if status is None else 0o600)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - of a descriptor
            if status is not None:
                _take_after(descriptor, status)
            file.write(data)
            file.flush()
            os.fsync(descriptor)
    except OSError:
        path.unlink()  # half a file is worse than none
        raise


def _take_after(descriptor: int, status: os.stat_result) -> None:
    """Give a file owner and mode of another: whoever is to read it may be somebody else.

    Windows knows neither: a new file has what its folder lets it have.
    """
    if hasattr(os, "fchown") and (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
        os.fchown(descriptor, status.st_uid, status.st_gid)
    if hasattr(os, "fchmod"):
        os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
