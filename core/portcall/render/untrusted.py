"""Other people's words: labels, history, descriptions, error texts. Shown, never obeyed."""

from __future__ import annotations

import re
import unicodedata

#: Characters that show nothing, or change what stands beside them, beyond what their category tells.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: Terminal escape sequences, taken out whole: a stray "[31m" helps nobody.
_ANSI = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]{0,2048}(?:\x07|\x1b\\|\x9c)?|\x1b[@-Z\\-_]"
)
_BACKTICKS = re.compile(r"`+")


def is_hidden(character: str) -> bool:
    """Tell whether a character shows nothing by itself; line breaks and tabs are such, too."""
    return unicodedata.category(character) in _HIDDEN_CATEGORIES or _INVISIBLE.match(character) is not None


def plain_line(text: str, limit: int = 300) -> str:
    """Return prose as one line: controls, ANSI, bidirectional and invisible characters taken out."""
    text = text[: limit * 4]
    if not (text.isascii() and text.isprintable()):
        text = _ANSI.sub("", text)
        # Looked at by kinds of characters, not one by one: there are far fewer of them.
        blank = {ord(c): " " if c.isspace() else None for c in set(text) if c.isspace() or is_hidden(c)}
        text = text.translate(blank)
    return shortened(" ".join(text.split()), limit)


def visible(text: str, limit: int = 20_000) -> str:
    """Return a file's text with every character that hides written out by its number."""
    text = text[:limit]
    if text.isascii() and text.isprintable():
        return text
    hidden = {ord(c): f"\\u{{{ord(c):x}}}" for c in set(text) - {"\n", "\t"} if is_hidden(c)}
    return text.translate(hidden) if hidden else text


def shortened(text: str, limit: int) -> str:
    """Return ``text``, its end replaced by ``…`` where it is longer than ``limit`` characters."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def code(text: str, limit: int = 300) -> str:
    """Return other people's words as a Markdown code span, in which nothing is live."""
    line = plain_line(text, limit)
    if not line:
        return "(empty)"
    if "`" not in line:
        return f"`{line}`"
    ticks = "`" * (_longest_run(line) + 1)
    return f"{ticks} {line} {ticks}"


def fenced(text: str, info: str = "text") -> str:
    """Return ``text`` in a fence that is longer than any run of backticks within."""
    ticks = "`" * max(3, _longest_run(text) + 1) if "`" in text else "```"
    return f"{ticks}{info}\n{text}\n{ticks}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)
