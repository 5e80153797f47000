"""Cursors: where a list goes on. Opaque, self-contained, and bound to the question they belong to."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import TYPE_CHECKING, Any

from portcall.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Longest cursor that is read.
_MAX_LENGTH = 1024


def make_cursor(position: Sequence[str | int | None], question: Sequence[str | int]) -> str:
    """Return a cursor that any replica understands: a position, sealed to the question's arguments."""
    payload = json.dumps([_fingerprint(question), *position], separators=(",", ":"))
    return base64.urlsafe_b64encode(payload.encode()).decode("ascii").rstrip("=")


def read_cursor(cursor: str, question: Sequence[str | int], length: int) -> list[Any]:
    """Return the position in a cursor, ``length`` values long.

    Raises:
        InvalidArgumentError: It is no cursor, or belongs to other arguments.
    """
    try:
        padded = cursor[:_MAX_LENGTH] + "=" * (-len(cursor) % 4)
        payload = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        payload = None
    if not isinstance(payload, list) or len(payload) != length + 1:
        raise InvalidArgumentError(
            "argument 'cursor' is no cursor of this tool",
            hint="Pass next_cursor of the page before, unchanged, or leave it out to start over.",
        )
    if payload[0] != _fingerprint(question):
        raise InvalidArgumentError(
            "argument 'cursor' belongs to a call with other arguments",
            hint="Repeat the arguments of the page before, or leave the cursor out to start over.",
        )
    return payload[1:]


def _fingerprint(question: Sequence[str | int]) -> str:
    return hashlib.sha256(json.dumps(list(question)).encode()).hexdigest()[:12]
