"""Times as portcall tells them: RFC 3339, UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime

#: The last second of the year 9999.
_LAST = 253_402_300_799
_RFC3339_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?Z\Z")


def to_rfc3339(text: object) -> str | None:
    """Return a registry's time in RFC 3339, UTC, e.g. ``"2024-05-01T12:00:00Z"``.

    What is in that form already keeps its digits, nanoseconds included. ``None`` for what is no time, and
    for the year 1, which Go writes where it means "not told".
    """
    if not isinstance(text, str) or len(text) > 64:
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if moment.year <= 1:
        return None
    return text if _RFC3339_UTC.match(text) else moment.isoformat().replace("+00:00", "Z")


def from_seconds(moment: float) -> str:
    """Return a moment, in seconds since 1970, in RFC 3339 to the second; what no calendar has, at its end."""
    return datetime.fromtimestamp(int(min(max(moment, 0), _LAST)), UTC).isoformat().replace("+00:00", "Z")
