"""The ``tag_pattern`` argument: which tags are wanted."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from portcall.errors import InvalidArgumentError
from portcall.tags.version_range import VersionRange

if TYPE_CHECKING:
    from collections.abc import Callable

PatternKind = Literal["all", "substring", "glob", "regex", "version"]

#: Characters; a tag itself has at most 128.
MAX_LENGTH = 256
# RE2 is linear in the text, but its worst programs cost a microsecond per instruction and tag. 256 hold
# `sha256-[0-9a-f]{64}` and keep 100,000 hostile tags within seconds.
_MAX_PROGRAM = 256
_MAX_MEMORY = 1 << 20


@dataclass(frozen=True, slots=True)
class TagPattern:
    r"""A compiled ``tag_pattern``.

    ==================  ==========================================================================
    empty               every tag
    ``alpine``          tags that contain it; upper and lower case differ, as they do in tags
    ``1.27.*-alpine``   the whole tag as a glob, once it has ``*``, ``?`` or ``[``
    ``re:^1\.2[0-9]$``   a regular expression, found anywhere in the tag; RE2's syntax
    ``version:>=1.2``   a range of versions, see :class:`~portcall.tags.version_range.VersionRange`
    ==================  ==========================================================================

    Attributes:
        text: The pattern as given, without blanks around it.
        kind: How it was read.
    """

    text: str
    kind: PatternKind
    _accepts: Callable[[str], bool] = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> TagPattern:
        """Return the pattern that ``text`` describes.

        Raises:
            InvalidArgumentError: longer than 256 characters, or a regular expression or version range that
                cannot be read; the message says why and repeats nothing of it.
        """
        if len(text) > MAX_LENGTH:
            raise InvalidArgumentError(
                f"tag_pattern is longer than {MAX_LENGTH} characters", hint="Shorten tag_pattern."
            )
        text = text.strip()
        if not text:
            return cls(text, "all", lambda _: True)
        scheme, colon, rest = text.partition(":")
        if colon and scheme == "re":
            return cls(text, "regex", _regex(rest))
        if colon and scheme == "version":
            return cls(text, "version", VersionRange.parse(rest).matches)
        if any(character in text for character in "*?["):
            return cls(text, "glob", _glob(text))
        return cls(text, "substring", lambda tag: text in tag)

    def matches(self, tag: str) -> bool:
        """Tell whether ``tag`` is wanted."""
        return self._accepts(tag)


def _glob(text: str) -> Callable[[str], bool]:
    # fnmatch's expressions try each `*` once, so they cannot be made to backtrack.
    compiled = re.compile(fnmatch.translate(text))
    return lambda tag: compiled.match(tag) is not None


def _regex(text: str) -> Callable[[str], bool]:
    import re2  # a shared library that few calls need

    options = re2.Options()
    options.max_mem = _MAX_MEMORY
    options.log_errors = False
    options.never_capture = True
    options.encoding = re2.Options.Encoding.LATIN1  # tags are ASCII: one instruction a character
    try:
        compiled = re2.compile(text.encode("utf-8", "surrogatepass"), options)
    except re2.error as error:
        raise _unreadable(_reason(error)) from None
    finally:
        re2.purge()  # else the module keeps the last 128 programs, whosever they were
    if compiled.programsize > _MAX_PROGRAM:
        raise _unreadable("it is too large")
    return lambda tag: compiled.search(tag.encode("utf-8", "surrogatepass")) is not None


def _reason(error: Exception) -> str:
    """What RE2 says, without the part of the pattern that it quotes behind a colon."""
    said = error.args[0] if error.args else b""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return text.partition(":")[0] or "it cannot be compiled"


def _unreadable(reason: str) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"tag_pattern is not a regular expression that can be used: {reason}",
        hint="RE2's syntax has no look-around and no back-references. A plain text or a glob may do.",
    )
