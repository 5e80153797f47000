"""What was probably meant by a path that leads nowhere."""

from __future__ import annotations

import heapq
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from portcall.images.files.resolve import View

#: Only so many names are compared letter by letter; a directory may have 100,000.
_SHORTLIST = 50
#: What Linux takes: whatever is longer is no slip of the pen. A comparison costs the square of that, and more.
_LONGEST_NAME = 255
_ALIKE = 0.6
_MOST_CANDIDATES = 5
_LONGEST_CANDIDATE = 200


def near(path: str, view: View) -> tuple[str, ...]:
    """Return paths that were probably meant: the same directory's, spelled alike.

    They are other people's words, so that only plain ones are told. This can take a while, and belongs beside the
    event loop.
    """
    parent, _, wanted = path.rpartition("/")
    start = f"/{parent}/" if parent else "/"
    if len(wanted) > _LONGEST_NAME or not start.isascii() or not start.isprintable():
        return ()
    room = _LONGEST_CANDIDATE - len(start)
    names = (name for name in view.names_in(parent) if len(name) <= room)
    return tuple(
        start + name for name in _alike(wanted, (name for name in names if name.isascii() and name.isprintable()))
    )


def _alike(wanted: str, names: Iterable[str]) -> list[str]:
    word = wanted.casefold()
    letters = set(word)

    def likeness(name: str) -> int:
        return len(letters.intersection(name.casefold())) - abs(len(name) - len(word))

    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(word)
    alike = list[tuple[float, str]]()
    for name in heapq.nlargest(_SHORTLIST, names, key=likeness):
        matcher.set_seq1(name.casefold())
        # The first two say quickly that it cannot be.
        if min(matcher.real_quick_ratio(), matcher.quick_ratio()) < _ALIKE:
            continue
        ratio = matcher.ratio()
        if ratio >= _ALIKE:
            alike.append((-ratio, name))
    return [name for _, name in sorted(alike)[:_MOST_CANDIDATES]]
