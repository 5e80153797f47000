"""``Retry-After``: how long a registry wants to be left in peace."""

from __future__ import annotations

import email.utils
import time
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Longest wait that is believed, in seconds: a year.
_YEAR = 31_536_000.0


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that ``Retry-After`` asks for, in either form; ``None`` for none, past or garbage."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        seconds = float(text)
    else:
        try:
            moment = email.utils.parsedate_to_datetime(text)
            # Without a zone it is UTC, as HTTP's dates always are.
            seconds = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - time.time()
        except (ValueError, OverflowError, TypeError, IndexError):
            return None
    return min(seconds, _YEAR) if seconds > 0 else None
