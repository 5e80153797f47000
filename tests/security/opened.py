"""The files that this process opens, lists, makes or takes away, whichever thread does it."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.security.source import ROOT

_LOOKING = frozenset({"open", "os.listdir", "os.scandir"})
_CHANGES = ("mkdir", "link", "symlink", "rename", "remove", "rmdir", "chmod", "chown", "truncate", "mkfifo")
_CHANGING = frozenset(f"os.{name}" for name in _CHANGES)
_FOLDERS = (sys.prefix, sys.base_prefix, ROOT / "core", ROOT / "plugins")
#: What code is loaded from, whenever it is first needed; and what a random number may come from.
_OF_PYTHON = tuple(os.path.realpath(folder) for folder in _FOLDERS)
_DEVICES = frozenset({"/dev/null", "/dev/urandom"})


class OpenedFiles:
    """Writes down which files were touched; of those that code is read from, none.

    Attributes:
        touched: What was done, and to which file.
    """

    def __init__(self) -> None:
        self.touched: list[tuple[str, str]] = []

    def see(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Take note of an event of the interpreter's."""
        target = arguments[0] if arguments else None
        if not isinstance(target, str | bytes | os.PathLike):
            return  # a pipe or a socket, by its number
        path = os.path.realpath(os.fsdecode(target))
        is_harmless = event in _LOOKING and not _writes(event, arguments)
        if not (is_harmless and (path.startswith(_OF_PYTHON) or path in _DEVICES)):
            self.touched.append((event, path))


def _writes(event: str, arguments: tuple[Any, ...]) -> bool:
    if event != "open":
        return False
    flags = arguments[2] if len(arguments) > 2 and isinstance(arguments[2], int) else 0
    return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


@cache
def _listeners() -> list[OpenedFiles]:
    """Return those who are told; whoever listens to the interpreter does so for ever, so that it is done once."""
    listeners: list[OpenedFiles] = []

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if listeners and (event in _LOOKING or event in _CHANGING):
            for each in listeners:
                each.see(event, arguments)

    sys.addaudithook(hear)
    return listeners


@contextlib.contextmanager
def opened_files() -> Iterator[OpenedFiles]:
    """Write down what is touched meanwhile."""
    made = OpenedFiles()
    _listeners().append(made)
    try:
        yield made
    finally:
        _listeners().remove(made)


def files_below(folder: Path) -> dict[Path, bytes]:
    """Return every file below a folder, with what is in it."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
