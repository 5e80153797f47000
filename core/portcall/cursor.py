"""Pages: how long they may be, and by which cursor a list goes on.

A cursor is opaque, self-contained, and bound to the question that it belongs to.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

from portcall.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import UnionType

#: Longest cursor that is read: one that goes on in dozens of registries at once.
MAX_LENGTH = 8192


#: Most rows of a page.
MAX_LIMIT = 1000


def check_limit(limit: int) -> None:
    """Refuse a number of rows that no page has.

    Raises:
        InvalidArgumentError: It is out of range.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidArgumentError(
            f"the argument `limit` is not from 1 to {MAX_LIMIT}", hint="Leave it out; cursors lead further."
        )


def make_cursor(position: Sequence[str | int | None], question: Sequence[str | int]) -> str:
    """Return a cursor that any replica understands: a position, sealed to the question's arguments."""
    payload = json.dumps([_fingerprint(question), *position], separators=(",", ":"))
    return base64.urlsafe_b64encode(payload.encode()).decode("ascii").rstrip("=")


def read_cursor(cursor: str, question: Sequence[str | int], *kinds: type | UnionType) -> list[Any]:
    """Return the position in a cursor, each value of the kind given for it.

    Whoever forges one learns nothing: a position only says where a list that they may read goes on.

    Raises:
        InvalidArgumentError: It is no cursor, or belongs to other arguments.
    """
    fingerprint, *position = _payload(cursor) or [None]
    if fingerprint is None or not _is_of(kinds, position):
        raise bad_cursor()
    if fingerprint != _fingerprint(question):
        raise InvalidArgumentError(
            "the argument `cursor` belongs to a call with other arguments",
            hint="Repeat the arguments of the page before, or leave the cursor out to start over.",
        )
    return position


def bad_cursor() -> InvalidArgumentError:
    """Return the error for a cursor that is none of the list's."""
    return InvalidArgumentError(
        "the argument `cursor` is no cursor of this list",
        hint="Pass next_cursor of the page before, unchanged, or leave it out to start over.",
    )


def _payload(cursor: str) -> list[Any] | None:
    """Return what stands in a cursor, or ``None`` where that is no list."""
    if len(cursor) > MAX_LENGTH:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        payload = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, list) else None


def _is_of(kinds: Sequence[type | UnionType], position: Sequence[object]) -> bool:
    return len(kinds) == len(position) and all(map(isinstance, position, kinds))


def _fingerprint(question: Sequence[str | int]) -> str:
    return hashlib.sha256(json.dumps(list(question)).encode()).hexdigest()[:12]
