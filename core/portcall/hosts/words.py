"""Several words in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def listed(words: Sequence[str], conjunction: str) -> str:
    """Return words as a sentence has them, ``a, b and c``; an empty text for none."""
    *most, last = words or [""]
    return f"{', '.join(most)} {conjunction} {last}" if most else last
