"""Names and values as builders print them: ``A=b C=d``, whose values may have blanks and are not quoted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"(?:^| )(?P<name>[A-Za-z_][A-Za-z0-9_./-]*)=")


def split_pairs(text: str, known: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """Return names and values, in order.

    Args:
        text: As it is printed.
        known: The values in force in the end, by name: they tell where a value with blanks ends, and which
            words with ``=`` in them are names at all. Without it, all that look like one count.

    Returns:
        An empty list where the text does not begin with a name. Time is linear.
    """
    values = known or {}
    names = [match for match in _NAME.finditer(text) if not match.start() or not values or match["name"] in values]
    if not names or names[0].start():
        return []
    pairs: list[tuple[str, str]] = []
    done = 0
    for match, following in zip(names, [*names[1:], None], strict=True):
        start = match.end()
        if start <= done:
            continue  # within the value before
        value = values.get(match["name"], "")
        end = start + len(value)
        if not value or not text.startswith(value, start) or text[end : end + 1] not in {"", " "}:
            end = following.start() if following else len(text)
        pairs.append((match["name"], text[start:end]))
        done = end
    return pairs
