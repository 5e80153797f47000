"""JSON Web Tokens: how long one says that it lives. Nothing of it is verified; nobody's rights depend on it."""

from __future__ import annotations

import base64
import json
from typing import Any

#: Characters of the claims that are read; real ones are under two thousand.
_MOST = 32 * 1024
#: Seconds that a token may have left by our clock; more says that one of the clocks is wrong.
_PLAUSIBLE = 86_400.0
#: Bound of a time in seconds since 1970: tens of thousands of years.
_LATEST = 1e12


def own_lifetime(token: str, now: float) -> float | None:
    """Return the seconds that a token gives itself, or ``None`` where it does not say. Never raises.

    From its beginning to its end, both by the clock that made it, so that ours may be wrong; only where it
    tells no beginning does ``now``, in seconds since 1970, count.
    """
    claims = _claims(token)
    end = _time(claims.get("exp"))
    if end is None:
        return None
    for name in ("iat", "nbf"):
        beginning = _time(claims.get(name))
        if beginning is not None and end > beginning:
            return end - beginning
    left = end - now
    return left if 0 < left <= _PLAUSIBLE else None


def _claims(token: str) -> dict[str, Any]:
    parts = token.split(".", 3)
    if len(parts) != 3 or len(parts[1]) > _MOST:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _time(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _LATEST:
        return None
    return float(value)
