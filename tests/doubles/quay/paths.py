"""Paths taken apart once, so that no segment can become another path.

The real service decodes ``%2F`` before it routes, as WSGI does; a client that leaves a hostile name
unchecked would reach whatever that name spells. Here such a request is answered 404 and kept in
``QuayDouble.hostile``.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_DANGEROUS = re.compile(r"[/\\?#%\x00-\x20\x7f]")


def segments(raw_path: str) -> tuple[str, ...] | None:
    """Return a path's segments, each decoded on its own; ``None`` where one of them is hostile.

    ``/api/v1/repository/a/b/tag/`` → ``("api", "v1", "repository", "a", "b", "tag", "")``.
    """
    parts = raw_path.split("/")[1:]
    decoded = tuple(unquote(part, errors="replace") for part in parts)
    if any(_BROKEN_ESCAPE.search(part) for part in parts):
        return None
    if any(_is_hostile(segment) for segment in decoded) or "" in decoded[:-1]:
        return None
    return decoded


def _is_hostile(segment: str) -> bool:
    return segment in {".", ".."} or "\ufffd" in segment or _DANGEROUS.search(segment) is not None
