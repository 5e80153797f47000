"""Values as builders print them into an image's history, which is with Go's ``%q``, ``%v`` and ``%+v``."""

from __future__ import annotations

import json
import re

_STRING = r'"(?:[^"\\]|\\.)*"'
_LIST = re.compile(rf"\[\s*(?:{_STRING}[\s,]*)*\]\Z", re.DOTALL)
_ITEM = re.compile(_STRING, re.DOTALL)
_ESCAPE = re.compile(
    r"\\(?:x(?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8})|(?P<one>.))", re.DOTALL
)
_NAMED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0"}


def read_strings(text: str) -> list[str] | None:
    """Return the strings of ``["a" "b c"]`` (``%q``), or of a JSON list; ``None`` for anything else."""
    text = text.strip()
    if _LIST.match(text) is None:
        # Docker before 1.10 quoted the whole once more.
        text = text.replace('\\"', '"')
        if _LIST.match(text) is None:
            return None
    return [unquoted(item[0][1:-1]) for item in _ITEM.finditer(text)]


def read_words(text: str) -> list[str] | None:
    """Return the words of ``[a b c]`` (``%v``), without the blanks in words; ``None`` for anything else."""
    text = text.strip()
    if not (text.startswith("[") and text.endswith("]")) or '"' in text:
        return None
    return text[1:-1].split()


def unquoted(text: str) -> str:
    r"""Return what a string means: ``\n``, ``\x07``, ``\u00e9`` and their like filled in."""
    return _ESCAPE.sub(_meant, text)


def as_json(words: list[str]) -> str:
    """Return words in the JSON form of an instruction, on one line."""
    return json.dumps(words, ensure_ascii=False)


def _meant(match: re.Match[str]) -> str:
    code = match["x"] or match["u"] or match["U"]
    if code is None:
        return _NAMED.get(match["one"], match["one"])
    number = int(code, 16)
    return chr(number) if number < 0xD800 or 0xDFFF < number < 0x110000 else "\ufffd"
