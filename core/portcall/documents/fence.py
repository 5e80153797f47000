"""Markdown's fence, which people paste along with what is inside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_FENCE = re.compile(r"\s*(?:```|~~~)")


def fence_around(lines: Sequence[str]) -> tuple[int, int] | None:
    """Return the numbers, from 0, of the two lines of a fence around the whole; ``None`` if there is none."""
    full = [number for number, line in enumerate(lines) if line.strip()]
    if len(full) < 2 or not (_FENCE.match(lines[full[0]]) and _FENCE.match(lines[full[-1]])):
        return None
    return full[0], full[-1]
