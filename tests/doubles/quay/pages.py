"""Opaque page tokens; the real ones are encrypted, so that only following them works.

A token that is none starts over, as there (q: util/pagination.py answers ``None``).
"""

from __future__ import annotations

import base64
import hashlib

_SEAL = "quay-double"


def token_for(start: int) -> str:
    """Return the token of the page that begins at an index."""
    seal = hashlib.sha256(f"{_SEAL} {start}".encode()).hexdigest()[:24]
    return base64.urlsafe_b64encode(f"{seal}.{start}".encode()).decode()


def start_of(token: str | None) -> int:
    """Return the index at which a token's page begins; 0 without a good one."""
    try:
        start = int(base64.urlsafe_b64decode(token or "").decode().partition(".")[2])
    except ValueError:
        return 0
    return start if token_for(start) == token else 0
