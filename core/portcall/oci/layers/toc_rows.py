"""The JSON of a table of contents, entry by entry: it may be far larger than what comes of it."""

from __future__ import annotations

import json
import re
from codecs import utf_8_decode
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How much is looked at at once. An entry is some hundred bytes; parsed JSON takes up to thirty times its size,
#: and a table of contents may be as large as 64 MiB.
_WINDOW = 1 << 20
_SPACE = re.compile(r"[ \t\n\r]*")
_VERSION = 1
_FIELDS = frozenset({"version", "entries"})


class TocFault(Exception):  # noqa: N818  it never leaves the reader, for which such a table does not exist
    """A table of contents that breaks its format; the text says how, in our own words."""


def rows_of(raw: bytes) -> Iterator[dict[str, Any]]:
    """Yield the entries of a table of contents, each a JSON object.

    Nothing may be believed before the last one was yielded.

    Raises:
        TocFault: It is no JSON, no table of contents, or one of another version.
    """
    text = _Text(raw)
    seen: set[str] = set()
    version = None
    text.expect("{")
    while text.follows("}", ",", is_first=not seen):
        key = _field(text.value(), seen)
        text.expect(":")
        if key == "entries":
            yield from _list(text)
            continue
        value = text.value()
        version = value if key == "version" else version
    text.end()
    if version != _VERSION or isinstance(version, bool | float):
        raise TocFault("its version is not 1")


def _field(key: object, seen: set[str]) -> str:
    """Return the name of a field that may come now, and note it."""
    # Container engines, written in Go, take "Entries" for "entries", and the later one where there are two.
    folded = key.casefold() if isinstance(key, str) else ""
    if not isinstance(key, str) or folded in seen or (folded in _FIELDS and key != folded):
        raise TocFault("its fields are ambiguous")
    seen.add(folded)
    return key


def _list(text: _Text) -> Iterator[dict[str, Any]]:
    if text.takes("null"):
        return
    text.expect("[")
    is_first = True
    while text.follows("]", ",", is_first=is_first):
        is_first = False
        row = text.value()
        if not isinstance(row, dict):
            raise TocFault("an entry is no object")
        yield row


class _Text:
    """JSON text, of which one window at a time is decoded and parsed."""

    def __init__(self, raw: bytes) -> None:
        self._raw = memoryview(raw)
        self._decoder = json.JSONDecoder(parse_constant=_no_number)
        self._start = 0
        self._window = ""
        self._at = 0
        self._slide()

    def value(self) -> Any:
        """Return the next value."""
        self._skip_space()
        for _ in range(2):
            try:
                value, self._at = self._decoder.raw_decode(self._window, self._at)
            except (ValueError, RecursionError):
                # It may go on past the window.
                self._slide()
            else:
                return value
        raise TocFault("it is no JSON, or has an entry that is far too large")

    def takes(self, word: str) -> bool:
        """Return whether a word comes next, and pass it if so."""
        self._skip_space()
        if not self._window.startswith(word, self._at):
            return False
        self._at += len(word)
        return True

    def expect(self, mark: str) -> None:
        """Pass a mark that has to come next."""
        if not self.takes(mark):
            raise TocFault("it is no JSON")

    def follows(self, end: str, separator: str, *, is_first: bool) -> bool:
        """Return whether another item follows, having passed what is before it or what ends them all."""
        if self.takes(end):
            return False
        if not is_first:
            self.expect(separator)
        return True

    def end(self) -> None:
        """Make sure that nothing follows."""
        self._skip_space()
        if self._at < len(self._window):
            raise TocFault("something follows after it")

    def _skip_space(self) -> None:
        while True:
            found = _SPACE.match(self._window, self._at)
            self._at = found.end() if found else self._at
            # A word of JSON has five letters at most.
            if self._at + 5 <= len(self._window) or not self._slide():
                return

    def _slide(self) -> bool:
        """Let the window begin where it was read to; return whether anything new is in it."""
        passed = len(self._window[: self._at].encode())
        before = self._start + len(self._window.encode())
        self._start += passed
        part = self._raw[self._start : self._start + _WINDOW]
        is_last = self._start + len(part) == len(self._raw)
        try:
            self._window, size = utf_8_decode(part, "strict", is_last)
        except UnicodeDecodeError:
            raise TocFault("it is no UTF-8") from None
        self._at = 0
        return self._start + size > before


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
