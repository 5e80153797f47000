"""What every store does alike with a record's name, its value and its time."""

from __future__ import annotations

import hashlib
import math

from portcall.errors import TooLargeError

#: Largest value that is kept; a registration, the largest of them, has a few kilobytes.
MAX_VALUE_BYTES = 65_536
#: Nothing is kept for longer, in seconds.
_LONGEST_SECONDS = 10 * 365 * 86_400


def hashed(name: str) -> bytes:
    """Return what a key or a member is called in a store: 32 bytes, whatever strangers make of it.

    A backup, a slow log or ``MONITOR`` so tells nobody whose record it is, and no name is too long for an index.
    """
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()


def checked(value: bytes) -> bytes:
    """Return ``value``.

    Raises:
        TooLargeError: It has more than :data:`MAX_VALUE_BYTES`.
    """
    if len(value) > MAX_VALUE_BYTES:
        raise TooLargeError(f"a record to be kept has more than {MAX_VALUE_BYTES} bytes")
    return value


def lasting(seconds: float) -> float:
    """Return for how many seconds a record is kept that is to be kept for ``seconds``: a millisecond at least.

    Raises:
        ValueError: It is no number.
    """
    if math.isnan(seconds):
        raise ValueError("no time to keep a record for")
    return max(0.001, min(seconds, _LONGEST_SECONDS))
