"""Variables in references: ``$X``, ``${X}``, ``${X:-default}``, ``${X:+other}`` and their like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Longer than any reference can be: defaults that double each other stop here.
MAX_LENGTH = 2048
_MAX_DEPTH = 16

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}(?![A-Za-z0-9_])", re.ASCII)
_OPERATOR = re.compile(r":?[-+?]")
_TEXT = re.compile(r"[^$}\\`]+")


class Expansion(NamedTuple):
    """``text`` with its variables filled in, as far as they could be; ``problem`` says what was missing."""

    text: str
    problem: str | None = None


def expand(text: str, values: Mapping[str, str], *, escape: str = "", doubled: bool = False) -> Expansion:
    """Fill in variables.

    ===========================  ===============================================================
    ``$X`` ``${X}``              the value; a problem if there is none
    ``${X:-d}`` ``${X-d}``       the value, else ``d`` (``:`` takes an empty value for none)
    ``${X:+a}`` ``${X+a}``       ``a`` if there is a value, else nothing
    ``${X:?m}`` ``${X?m}``       the value; a problem if there is none
    ===========================  ===============================================================

    Args:
        text: The text as written, without quotes.
        values: The known variables.
        escape: The character that makes the next one literal, as in Dockerfiles.
        doubled: Whether ``$$`` stands for ``$``, as in compose files.

    Returns:
        ``Expansion(text, problem)``; a variable that could not be filled in stays as it was written, and the
        first of them is the ``problem``. Results are at most ``MAX_LENGTH`` long.
    """
    scanner = _Scanner(text, values, escape, doubled)
    result = scanner.scan(depth=0)
    if len(result.text) > MAX_LENGTH:
        return Expansion(text[:MAX_LENGTH], result.problem or _TOO_LONG)
    return result


_TOO_LONG = "too long once its variables are filled in"
_MALFORMED = "a variable that cannot be read"


class _Scanner:
    """One pass over a text; nested defaults are read by recursion, so deep only."""

    def __init__(self, text: str, values: Mapping[str, str], escape: str, doubled: bool) -> None:
        self._text = text
        self._values = values
        self._escape = escape
        self._doubled = doubled
        self._at = 0

    def scan(self, depth: int) -> Expansion:
        """Read to the end, or within braces to the closing one, which is left unread."""
        pieces: list[str] = []
        length = 0
        problem = None
        while self._at < len(self._text) and length <= MAX_LENGTH:
            if depth and self._text[self._at] == "}":
                break
            piece, trouble = self._piece(depth)
            pieces.append(piece)
            length += len(piece)
            problem = problem or trouble
        return Expansion("".join(pieces), problem)

    def _piece(self, depth: int) -> Expansion:
        character = self._text[self._at]
        if character == "$":
            return self._variable(depth)
        if character == self._escape:
            self._at += 2
            return Expansion(self._text[self._at - 1 : self._at])
        plain = _TEXT.match(self._text, self._at)
        start, self._at = self._at, plain.end() if plain else self._at + 1
        return Expansion(self._text[start : self._at])

    def _variable(self, depth: int) -> Expansion:
        start = self._at
        self._at += 1
        if self._doubled and self._text.startswith("$", self._at):
            self._at += 1
            return Expansion("$")
        if name := _NAME.match(self._text, self._at):
            self._at = name.end()
            return self._resolved(name[0], "", None, start)
        if not self._text.startswith("{", self._at):
            return Expansion("$", "a $ that begins no variable")
        return self._braced(depth, start)

    def _braced(self, depth: int, start: int) -> Expansion:
        name = _NAME.match(self._text, self._at + 1)
        if name is None or depth >= _MAX_DEPTH:
            return self._give_up(start)
        self._at = name.end()
        operator, word = "", None
        if sign := _OPERATOR.match(self._text, self._at):
            self._at = sign.end()
            operator, word = sign[0], self.scan(depth + 1)
        if not self._text.startswith("}", self._at):
            return self._give_up(start)
        self._at += 1
        return self._resolved(name[0], operator, word, start)

    def _resolved(self, name: str, operator: str, word: Expansion | None, start: int) -> Expansion:
        value = self._values.get(name)
        if operator.startswith(":"):
            value = value or None
        if operator.endswith("+"):
            return word if word and value is not None else Expansion("")
        if value is not None:
            return Expansion(value)
        if operator.endswith("-") and word:
            return word
        return Expansion(self._text[start : self._at], _missing(name))

    def _give_up(self, start: int) -> Expansion:
        self._at = len(self._text)
        return Expansion(self._text[start:], _MALFORMED)


def _missing(name: str) -> str:
    if re.fullmatch(r"(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)", name):
        return f"variable {name} depends on the platform"
    return f"variable {name} has no default"
