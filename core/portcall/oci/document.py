"""Reading other people's JSON: every value is checked before it is believed."""

from __future__ import annotations

import json
from typing import Any

from portcall.errors import UpstreamError


def parse_object(raw: bytes, what: str) -> dict[str, Any]:
    """Return the JSON object in ``raw``.

    Raises:
        UpstreamError: It is no JSON, or no object; ``what`` says what was read.
    """
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        looks = "an HTML page" if raw.lstrip()[:1] == b"<" else "something that is no JSON object"
        raise UpstreamError(
            f"{what} is {looks}",
            hint="What answers there may be a login page or a proxy, not the registry; check the endpoint.",
        )
    return document


def text(value: object) -> str | None:
    """Return ``value`` where it is text with something in it."""
    return value if isinstance(value, str) and value else None


def texts(value: object) -> tuple[str, ...] | None:
    """Return ``value`` where it is a list, the texts in it."""
    if not isinstance(value, list):
        return None
    return tuple(item for item in value if isinstance(item, str))


def mapping(value: object) -> dict[str, Any]:
    """Return ``value`` where it is an object, an empty one otherwise."""
    return value if isinstance(value, dict) else {}


def text_mapping(value: object) -> dict[str, str]:
    """Return the entries of ``value`` whose values are text."""
    return {key: item for key, item in mapping(value).items() if isinstance(item, str)}


def listing(value: object) -> list[Any]:
    """Return ``value`` where it is a list, an empty one otherwise: registries write ``null`` for it."""
    return value if isinstance(value, list) else []


def count(value: object) -> int:
    """Return ``value`` where it is a number of bytes, else 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63 else 0
