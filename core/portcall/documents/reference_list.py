"""Bare lists of references, one a line."""

from __future__ import annotations

import re

from portcall.documents.document import FoundReference

# Loose on purpose: what a reference is, and what is wrong with one, the reference's own reader says.
_ITEM = re.compile(
    r"\s*(?:[-*]\s+)?(?P<quote>[\"'`]?)(?P<text>(?:\[[0-9A-Fa-f:.]+\])?[A-Za-z0-9.:/][A-Za-z0-9._:/@+-]*)(?P=quote),?\s*"
    r"(?:\s#.*)?\Z",
    re.ASCII,
)
_NO_ITEM = re.compile(r"\s*(?:#.*)?\Z")


def read_list(text: str) -> list[FoundReference]:
    """Return the references of a bare list, or none if any line is something else.

    Bullets, quotes, final commas, blank lines and comments behind ``#`` are put up with.
    """
    found: list[FoundReference] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if _NO_ITEM.match(line):
            continue
        match = _ITEM.match(line)
        if match is None or match["text"].endswith(":"):
            return []
        found.append(FoundReference(match["text"], number, "list"))
    return found
