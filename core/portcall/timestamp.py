"""Times as portcall tells them: RFC 3339, UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def to_rfc3339(text: object) -> str | None:
    """Return a registry's time in RFC 3339, UTC, e.g. ``"2024-05-01T12:00:00Z"``.

    What is UTC already keeps its digits, nanoseconds included. ``None`` for what is no time, and for the
    year 1, which Go writes where it means "not told".
    """
    if not isinstance(text, str) or len(text) > 64:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.year <= 1:
        return None
    if text.endswith("Z") and "T" in text:
        return text
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
