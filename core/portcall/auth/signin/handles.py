"""Secrets that are handed out: random, opaque, and known to the store by their hash alone."""

from __future__ import annotations

import hashlib
import secrets

#: Longest text that may be one of ours, in characters: what is longer is not even hashed.
LONGEST = 256
_BYTES = 32


def new_handle() -> str:
    """Return 256 random bits, as text that needs no quoting in URLs, forms and headers."""
    return secrets.token_urlsafe(_BYTES)


def key_of(handle: str) -> str:
    """Return what the store knows a handle by: whoever reads the store cannot use what it holds."""
    # No salt, no stretching: nobody guesses 256 random bits.
    return hashlib.sha256(handle.encode("utf-8", "surrogatepass")).hexdigest()
