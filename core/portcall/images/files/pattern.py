"""Which paths of a tree are wanted."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from portcall.errors import InvalidArgumentError
from portcall.images.files.shown import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_ANYWHERE = "**"


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A glob over paths.

    ====================  ==============================================================================
    ``*.conf``            names, at any depth, as ``find -name`` matches them
    ``usr/*/python3*``    the path below where one looks, part by part; ``*`` ends at a ``/``
    ``usr/**/python3*``   the same, ``**`` standing for any number of directories, none included
    ``/etc/*.conf``       the path from the image's root
    ``lib*/``             directories alone
    ====================  ==============================================================================

    Links to directories are followed in the leading names, those before the first ``*``, ``?`` or ``[``, as a
    shell does; from there on they are not descended into, as by ``find``. A link that is the last name is found
    itself.

    ``?`` is one character and ``[a-z]``, ``[!a-z]`` one of some; nothing is special about a leading dot. The time
    that a match takes grows with the path's length times the pattern's, whatever they are: names are matched by
    expressions that try each ``*`` once, and a path's parts from left to right, all ways at once.

    Attributes:
        is_from_root: Whether it is about paths from the image's root.
        directories_only: Whether it is about directories alone.
        leading: The names that it begins with, literal ones; the last part, which is what is wanted itself, is one
            of them only where a directory is wanted.
    """

    is_from_root: bool
    directories_only: bool
    leading: tuple[str, ...]
    _parts: tuple[Callable[[str], object] | None, ...]

    @classmethod
    def parse(cls, text: str) -> PathPattern:
        """Return the pattern that ``text`` is.

        Raises:
            InvalidArgumentError: It has a ``[`` that nothing can match.
        """
        parts = [part for part in text.split("/") if part not in {"", "."}]
        if "/" not in text.rstrip("/"):
            parts.insert(0, _ANYWHERE)
        if parts[-1:] == [_ANYWHERE]:
            # All that is below, and not the directory itself.
            parts.append("*")
        directories_only = text.endswith("/")
        leading = tuple(takewhile(_is_literal, parts if directories_only else parts[:-1]))
        return cls(text.startswith("/"), directories_only, leading, tuple(map(_matcher, parts)))

    def begin(self) -> frozenset[int]:
        """Return where one stands in the pattern before the first name."""
        return self._with_skips({0})

    def step(self, places: Iterable[int], name: str) -> frozenset[int]:
        """Return where one stands after one more name; nowhere, if nothing below it can match."""
        text = shown(name)
        reached = set[int]()
        for place in places:
            if place == len(self._parts):
                continue
            part = self._parts[place]
            if part is None:
                reached.add(place)
            elif part(text):
                reached.add(place + 1)
        return self._with_skips(reached)

    def is_match(self, places: Iterable[int]) -> bool:
        """Tell whether the pattern ends at one of these places."""
        return len(self._parts) in places

    def _with_skips(self, places: set[int]) -> frozenset[int]:
        for place in sorted(places):
            at = place
            while at < len(self._parts) and self._parts[at] is None:
                at += 1
                places.add(at)
        return frozenset(places)


def _matcher(part: str) -> Callable[[str], object] | None:
    """Return what tells whether a name matches a part; ``None`` stands for any number of names."""
    if part == _ANYWHERE:
        return None
    if _is_literal(part):
        return part.__eq__
    _check_sets(part)
    return re.compile(fnmatch.translate(part)).match


def _is_literal(part: str) -> bool:
    return not any(character in part for character in "*?[")


def _check_sets(part: str) -> None:
    """Refuse a ``[`` that is never closed, and a range that runs backwards: nobody means what they match."""
    at = part.find("[")
    while at >= 0:
        begin = at + (2 if part.startswith("!", at + 1) else 1)
        # A ] that comes first is one of the characters.
        end = part.find("]", begin + 1)
        if end < 0:
            raise InvalidArgumentError(
                "the argument `pattern` has a [ without its ] in the same name",
                hint="[[] stands for the character [.",
            )
        if _runs_backwards(part[begin:end]):
            raise InvalidArgumentError(
                "the argument `pattern` has a range in [] that runs backwards", hint="Write ranges upwards: [a-z]."
            )
        at = part.find("[", end)


def _runs_backwards(characters: str) -> bool:
    at = characters.find("-", 1)
    while 0 < at < len(characters) - 1:
        if characters[at - 1] > characters[at + 1]:
            return True
        at = characters.find("-", at + 3)
    return False
