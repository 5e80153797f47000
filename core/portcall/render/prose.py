"""Our own sentences, in which other people's words may stand: a host's name, a platform, a near tag."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from portcall.render.untrusted import code, plain_line

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_NAME = 200
#: Where a name begins and ends: the `1` in `1,234` or `1.4` is none.
_BEGINNING, _END = r"(?<![\w.,:/@-])", r"(?![\w-]|[.,:/@]\w)"
#: A code span, as Markdown finds it; and what GitHub and others make a link without being asked.
_SPAN = r"(?<!`)(?P<ticks>`+)(?!`)(?P<inner>.+?)(?<!`)(?P=ticks)(?!`)"
_REST = r"[^\s`'\"<>]*[^\s`'\"<>.,;:!?)]"
_ADDRESS = (
    rf"(?:\b[a-z][a-z0-9+.-]{{1,20}})?://(?:{_REST})?|\bwww\.{_REST}"
    r"|[\w.+-]+@[\w-]+\.[\w.-]*\w|\[[0-9a-f]*:[0-9a-f:.]*\](?::[0-9]+)?"
)
_SPANS = re.compile(f"{_SPAN}|{_ADDRESS}", re.IGNORECASE)
#: Where a link, an image or HTML would begin; a space in it, and it is plain text.
_LIVE = re.compile(r"(?<=\])(?=[(\[:])|(?<=<)(?=[A-Za-z/!?])|(?<=\\)\Z")


def prose(text: str, limit: int = 500, names: Sequence[str] = ()) -> str:
    """Return a sentence on one line, with nothing live in it.

    Args:
        text: What one of our own sentences says; code spans in it stay.
        limit: Most characters of ``text`` that are shown.
        names: What other people called things; wherever one stands in ``text``, it stands there as code.
    """
    # A name that begins within the limit has to be seen whole to be known.
    line = plain_line(text, limit + 2 * _LONGEST_NAME)
    shown: list[str] = []
    done = 0
    for found in _pattern(names).finditer(line):
        shown.append(_quiet(line[done : min(found.start(), limit)]))
        if found.start() >= limit:
            break
        shown.append(code(found["inner"] or found[0], max(limit - found.start(), 2)))
        done = found.end()
    else:
        shown.append(_quiet(line[done:limit]))
    return "".join(shown) + ("…" if len(line) > limit else "")


def sentence(text: str, limit: int = 500, names: Sequence[str] = ()) -> str:
    """Return ``prose(text)`` with a full stop at its end."""
    told = prose(text, limit, names)
    return told if not told or told.endswith((".", "?", "!", "…")) else f"{told}."


def _pattern(names: Sequence[str]) -> re.Pattern[str]:
    cleaned = {plain_line(name, _LONGEST_NAME) for name in names} - {""}
    if not cleaned:
        return _SPANS
    # The longest first: `1.4` is no part of `1.4.2`. Of a name that was shortened nobody knows the end.
    words = "|".join(
        f"{re.escape(name[:-1])}.*" if name.endswith("…") else f"{re.escape(name)}{_END}"
        for name in sorted(cleaned, key=len, reverse=True)
    )
    return re.compile(rf"{_SPAN}|{_BEGINNING}(?:{words})|{_ADDRESS}", re.IGNORECASE)


def _quiet(text: str) -> str:
    return _LIVE.sub(" ", text.replace("`", "'"))
