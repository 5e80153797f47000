"""A file that belongs to somebody else's program: read, kept a copy of, and replaced in one step."""

from __future__ import annotations

import itertools
import stat
from typing import TYPE_CHECKING

from portcall.draft import draft, write_new
from portcall.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

#: The mode of a host's file that is new, which the owner's umask narrows.
_NEW = 0o666


def read_file(path: Path) -> bytes | None:
    """Return a file's bytes, ``None`` where there is none.

    Raises:
        ConfigurationError: It cannot be read, or is no file.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would wait for ever
            raise ConfigurationError(f"{path} is no file", hint="Name the file with --file.")
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {_reason(error)}", hint="Check path and mode.") from None


def text_of(path: Path, data: bytes | None) -> str:
    """Return a file's text, its line ends as they are; an empty one where there is no file.

    Raises:
        ConfigurationError: It is no UTF-8.
    """
    try:
        return (data or b"").decode()
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{path} is no UTF-8 text, from byte {error.start} on", hint="Save it as UTF-8 first."
        ) from None


def replace_file(path: Path, before: bytes | None, after: bytes) -> Path | None:
    """Put new content in a file's place, in one step; return the copy of what was there before.

    Whoever reads it meanwhile finds the old or the new one. Its mode and owner stay, and a link stays one. A new
    file gets its folders, too.

    Args:
        path: The file.
        before: What was read of it.
        after: What it is to hold.

    Raises:
        ConfigurationError: It cannot be written, or somebody else has changed it since.
    """
    try:
        target = path.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        return _replace(target, before, after)
    except (OSError, RuntimeError) as error:
        raise ConfigurationError(
            f"{path} cannot be written: {_reason(error)}", hint="Check path and mode."
        ) from None


def _copy(target: Path, data: bytes) -> Path:
    """Keep a copy beside the file; one that is there already is somebody's, too."""
    for number in itertools.count(1):
        copy = target.with_name(f"{target.name}.bak{number if number > 1 else ''}")
        try:
            write_new(copy, data, like=target)
        except FileExistsError:
            continue
        return copy
    raise AssertionError  # there is always a next number


def _replace(target: Path, before: bytes | None, after: bytes) -> Path | None:
    with draft(target, after, mode=_NEW) as written:
        now = target.read_bytes() if target.exists() else None
        if now != before:
            raise ConfigurationError(f"{target} was changed meanwhile", hint="Close the host, and try again.")
        copy = None if before is None else _copy(target, before)
        written.replace(target)
        return copy


def _reason(error: OSError | RuntimeError) -> str:
    return getattr(error, "strerror", None) or "there is no such path"
