"""Words as a shell splits them: blanks separate, quotes and the escape character hold together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_QUOTES = frozenset("\"'")


def iter_words(text: str, escape: str = "\\") -> Iterator[re.Match[str]]:
    """Yield a match for each word of ``text`` as written, quotes and escapes included.

    An unclosed quote reaches to the end. Never raises; linear in time.
    """
    e = re.escape(escape)
    # No two alternatives begin alike and none can fail half way, so nothing is ever tried twice.
    word = rf"""(?:{e}[\s\S]|{e}\Z|"(?:{e}[\s\S]|[^"{e}])*(?:"|{e}?\Z)|'[^']*(?:'|\Z)|[^\s"'{e}]+)+"""
    return re.finditer(word, text)


def split_words(text: str, escape: str = "\\") -> list[str]:
    """Return the words of ``text`` as written, see :func:`iter_words`."""
    return [match[0] for match in iter_words(text, escape)]


def unquote(word: str, escape: str = "\\") -> str:
    """Return what a word means: without its quotes, and without the escape before any character.

    Between single quotes everything is literal.
    """
    pieces: list[str] = []
    quote = ""
    characters = iter(word)
    for character in characters:
        if quote and character == quote:
            quote = ""
        elif not quote and character in _QUOTES:
            quote = character
        elif character == escape and quote != "'":
            pieces.append(next(characters, ""))
        else:
            pieces.append(character)
    return "".join(pieces)
