"""What is asked of an image's files."""

from __future__ import annotations

from dataclasses import dataclass

from portcall.cursor import check_limit
from portcall.errors import InvalidArgumentError
from portcall.images.files.pattern import PathPattern

#: What Linux takes, in bytes.
_LONGEST_PATH = 4096
_LONGEST_PATTERN = 256
#: Most bytes of one part of a file.
MAX_PART = 1 << 20


@dataclass(frozen=True, slots=True)
class FileQuestion:
    """What is asked of a directory.

    Args:
        path: Where to look; relative ones count from the root.
        pattern: What to look for in the whole tree below; empty for the directory's own entries.
        limit: Most rows of a page, 1-1000.
        cursor: Where an earlier page ended.

    Raises:
        InvalidArgumentError: A path or pattern that no file can have, a malformed pattern, or a limit out of
            range.
    """

    path: str = "/"
    pattern: str = ""
    limit: int = 200
    cursor: str = ""

    def __post_init__(self) -> None:
        _check_path(self.path)
        check_limit(self.limit)
        if len(self.pattern) > _LONGEST_PATTERN:
            raise InvalidArgumentError(
                f"the argument `pattern` is longer than {_LONGEST_PATTERN} characters", hint="Shorten it."
            )
        if "\0" in self.pattern:
            raise InvalidArgumentError("the argument `pattern` has a NUL in it", hint="No file's name has one.")
        PathPattern.parse(self.pattern)


@dataclass(frozen=True, slots=True)
class ReadQuestion:
    """What is asked of one file.

    Args:
        path: The file; relative ones count from the root.
        offset: First byte wanted.
        max_bytes: Most bytes wanted, 1-1,048,576; fewer than 8 count as 8.

    Raises:
        InvalidArgumentError: A path that no file can have, or numbers out of range.
    """

    path: str
    offset: int = 0
    max_bytes: int = 12_288

    def __post_init__(self) -> None:
        _check_path(self.path)
        if not self.path:
            raise InvalidArgumentError("the argument `path` is empty", hint="Name a file, like /etc/os-release.")
        if self.offset < 0:
            raise InvalidArgumentError("the argument `offset` is less than 0", hint="Leave it out to begin at 0.")
        if not 1 <= self.max_bytes <= MAX_PART:
            raise InvalidArgumentError(
                f"the argument `max_bytes` is not from 1 to {MAX_PART}", hint="next_offset leads further."
            )


def _check_path(path: str) -> None:
    if "\0" in path:
        raise InvalidArgumentError("the argument `path` has a NUL in it", hint="No file's path has one.")
    if len(path.encode("utf-8", "surrogatepass")) >= _LONGEST_PATH:
        raise InvalidArgumentError(
            f"the argument `path` is longer than any file's: {_LONGEST_PATH} bytes", hint="Shorten it."
        )
