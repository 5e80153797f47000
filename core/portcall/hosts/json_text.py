"""JSON with the place of everything in it: comments and commas can stay where they are.

Editors read their settings with comments and trailing commas; Python's own reader takes neither, and tells of no
places.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_GAP = re.compile(r"(?:[ \t\r\n]++|//[^\r\n]*+|/\*(?s:.*?)\*/)*+")
_COMMENT = re.compile(r"//|/\*")
_SCALAR = re.compile(
    r'"(?:[^"\\\x00-\x1f]++|\\.)*+"|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null'
)


class JsonTextError(ValueError):
    """The text is no JSON; says where, and why.

    Args:
        reason: A clause.
        line: Counted from 1.
        column: Counted from 1.
    """

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(f"{reason} (line {line}, column {column})")


@dataclass(frozen=True, slots=True)
class JsonValue:
    """A value, and where it is.

    Args:
        data: The value, as :mod:`json` has it.
        start: Its first character.
        end: The character after it.
        members: An object's members, in their order; of a key that is there twice, both.
    """

    data: Any
    start: int
    end: int
    members: tuple[JsonMember, ...] = ()


@dataclass(frozen=True, slots=True)
class JsonMember:
    """A member of an object.

    Args:
        key: Its key.
        start: Where the key begins.
        value: Its value.
    """

    key: str
    start: int
    value: JsonValue


def read_json(text: str, *, lenient: bool) -> JsonValue:
    """Return what a text says.

    Args:
        text: All of a file.
        lenient: Whether comments and trailing commas are fine.

    Raises:
        JsonTextError: It is no such text.
    """
    reader = _Reader(text, lenient=lenient)
    try:
        return reader.document()
    except RecursionError:
        raise reader.error("it is nested too deeply", 0) from None


def skip_gap(text: str, position: int) -> int:
    """Return where the white space and the comments after ``position`` end."""
    found = _GAP.match(text, position)
    return found.end() if found else position


class _Reader:
    def __init__(self, text: str, *, lenient: bool) -> None:
        self._text = text
        self._lenient = lenient
        self._at = 1 if text.startswith("\ufeff") else 0

    def error(self, reason: str, position: int) -> JsonTextError:
        before = self._text[:position]
        return JsonTextError(reason, before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1)

    def document(self) -> JsonValue:
        self._skip()
        value = self._value()
        self._skip()
        if self._at < len(self._text):
            raise self.error("there is more after its end", self._at)
        return value

    def _skip(self) -> None:
        end = skip_gap(self._text, self._at)
        if not self._lenient and (comment := _COMMENT.search(self._text, self._at, end)):
            raise self.error("there is a comment, which this file may not have", comment.start())
        self._at = end

    def _value(self) -> JsonValue:
        start = self._at
        match self._text[start : start + 1]:
            case "{":
                return self._object(start)
            case "[":
                return self._array(start)
        return JsonValue(self._scalar("a value"), start, self._at)

    def _scalar(self, wanted: str) -> Any:
        found = _SCALAR.match(self._text, self._at)
        if found is None:
            raise self.error(f"{wanted} is missing", self._at)
        try:
            data = json.loads(found.group())
        except ValueError:
            raise self.error("a string or number cannot be read", self._at) from None
        self._at = found.end()
        return data

    def _object(self, start: int) -> JsonValue:
        members: list[JsonMember] = []
        while self._goes_on("}", is_first=not members):
            begin = self._at
            if not self._text.startswith('"', begin):
                raise self.error("a key is missing", begin)
            key = self._scalar("a key")
            self._skip()
            if not self._text.startswith(":", self._at):
                raise self.error("a colon is missing", self._at)
            self._at += 1
            self._skip()
            members.append(JsonMember(key, begin, self._value()))
        data = {member.key: member.value.data for member in members}
        return JsonValue(data, start, self._at, tuple(members))

    def _array(self, start: int) -> JsonValue:
        items: list[Any] = []
        while self._goes_on("]", is_first=not items):
            items.append(self._value().data)
        return JsonValue(items, start, self._at)

    def _goes_on(self, close: str, *, is_first: bool) -> bool:
        """Go past ``{`` or a comma to the next member; or past the end, and tell that it is there."""
        if is_first:
            self._at += 1
        self._skip()
        comma = -1
        if not is_first and self._text.startswith(",", self._at):
            comma = self._at
            self._at += 1
            self._skip()
        if self._text.startswith(close, self._at):
            if comma >= 0 and not self._lenient:
                raise self.error("a comma stands before the end, which this file may not have", comma)
            self._at += 1
            return False
        if not is_first and comma < 0:
            raise self.error(f"a comma or {close} is missing", self._at)
        return True
