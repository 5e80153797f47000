"""A file that belongs to somebody else's program: read, kept a copy of, and replaced in one step."""

from __future__ import annotations

import itertools
import os
import stat
from typing import TYPE_CHECKING

from portcall.draft import draft, write_new
from portcall.errors import ConfigurationError, InvalidArgumentError

if TYPE_CHECKING:
    from pathlib import Path

#: The mode of a host's file that is new, which the owner's umask narrows.
_NEW = 0o666


def real_file(path: Path, within: Path | None = None) -> Path:
    """Return the file that a path leads to, which need not be there.

    Args:
        path: The path; it, and folders on the way, may be links.
        within: The folder that no link may lead out of: whoever made it is not who owns what is elsewhere.

    Raises:
        InvalidArgumentError: It leads out of that folder.
        ConfigurationError: It leads nowhere, for a link goes round in a circle.
    """
    try:
        real = path.resolve()
        inside = within is None or real.is_relative_to(within.resolve())
    except (OSError, RuntimeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {_reason(error)}", hint="Check path and mode.") from None
    if not inside:
        raise InvalidArgumentError(
            f"{path} is a link, or in one, that leads out of the project, to {real}",
            hint="Take the link away; or name that file with --file, if it is what you want to change.",
        )
    return real


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

    Whoever reads it meanwhile finds the old or the new one. Its mode and owner stay. A new file gets its folders,
    too.

    Args:
        path: The file, no link.
        before: What was read of it.
        after: What it is to hold.

    Raises:
        ConfigurationError: It cannot be written, or somebody else has changed it since.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if before is None:
            _make(path, after)
            return None
        return _replace(path, before, after)
    except OSError as error:
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


def _make(target: Path, data: bytes) -> None:
    """Make a file that there was not; one that somebody else has made since stays."""
    try:
        with draft(target, data, mode=_NEW) as written:
            try:
                os.link(written, target)
            except FileExistsError:
                raise
            except OSError:  # a file system without links
                write_new(target, data, like=target, mode=_NEW)
    except FileExistsError:
        raise _changed(target) from None


def _replace(target: Path, before: bytes, after: bytes) -> Path:
    with draft(target, after) as written:
        copy = _copy(target, before)
        try:
            # As late as can be: its host may have written it while the copy was made.
            if not target.exists() or target.read_bytes() != before:
                raise _changed(target)
            written.replace(target)
        except (ConfigurationError, OSError):
            copy.unlink()
            raise
        return copy


def _changed(target: Path) -> ConfigurationError:
    return ConfigurationError(f"{target} was changed meanwhile", hint="Close the host, and try again.")


def _reason(error: OSError | RuntimeError) -> str:
    return getattr(error, "strerror", None) or "there is no such path"
