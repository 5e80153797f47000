"""Names from a document, as a message may hold them."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[A-Za-z0-9_./:@+-]{1,80}\Z", re.ASCII)


def named(word: str, otherwise: str = "it") -> str:
    """Return a word that is a plain name, and ``otherwise`` for all others: they may be anybody's prose."""
    return word if _PLAIN.match(word) else otherwise
