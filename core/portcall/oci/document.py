"""Reading other people's JSON: every value is checked before it is believed."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from portcall.errors import UpstreamError

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORD = re.compile(r"[A-Za-z0-9_.+-]{1,64}\Z")
#: How deep a document may nest; real ones stay under ten.
_MAX_DEPTH = 64


def parse_object(raw: bytes, what: str) -> dict[str, Any]:
    """Return the JSON object in ``raw``.

    Raises:
        UpstreamError: It is no JSON, or no object; ``what`` says what was read.
    """
    document = _parsed(raw)
    if not isinstance(document, dict):
        raise _not_json(raw, what, "no JSON object")
    return document


def parse_list(raw: bytes, what: str) -> list[Any]:
    """Return the JSON list in ``raw``, its rows still to be checked.

    Raises:
        UpstreamError: It is no JSON, or no list; ``what`` says what was read.
    """
    document = _parsed(raw)
    if not isinstance(document, list):
        raise _not_json(raw, what, "no JSON list")
    return document


def _parsed(raw: bytes) -> Any:
    try:
        return _parse(raw)
    except (ValueError, RecursionError):
        return None


def _not_json(raw: bytes, what: str, kind: str) -> UpstreamError:
    looks = "an HTML page" if raw.lstrip()[:1] == b"<" else f"something that is {kind}"
    return UpstreamError(
        f"{what} is {looks}",
        hint="What answers there may be a login page or a proxy, not the registry; check the endpoint.",
    )


def _parse(raw: bytes) -> Any:
    # JSON is UTF-8 (Python would guess UTF-16, too), and knows no NaN.
    written = raw.decode()
    document = json.loads(written, parse_constant=_no_number)
    if "\\ud" in written or "\\uD" in written:
        # Half of a surrogate pair is no text that anybody could write down again.
        document = json.loads(json.dumps(document, ensure_ascii=False).encode(errors="replace"))
    level = [document]
    for _ in range(_MAX_DEPTH):
        level = [item for held in level for item in _items(held) if isinstance(item, dict | list)]
        if not level:
            return document
    raise ValueError("nested too deeply")


def _items(held: Any) -> Any:
    return held.values() if isinstance(held, dict) else held if isinstance(held, list) else ()


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def ambiguous(what: str, why: str) -> UpstreamError:
    """Return the error for a document that different clients would take for different things."""
    return UpstreamError(
        f"{what} is ambiguous: {why}",
        hint="Clients would disagree on what it means, so it is refused; its publisher has to push it anew.",
    )


def broken(what: str, why: str) -> UpstreamError:
    """Return the error for a document that breaks its own specification."""
    return UpstreamError(
        f"{what} is broken: {why}", hint="Its publisher has to push it anew; no client can do much with it."
    )


def require_exact_names(document: Mapping[str, Any], fields: frozenset[str], what: str) -> None:
    """Let a document pass whose fields are spelled as the specification has them.

    Container engines are written in Go, whose JSON reader takes ``Layers`` for ``layers``, and the later
    one where there are both: what is shown here would not be what runs there.

    Raises:
        UpstreamError: One is spelled otherwise.
    """
    folded = {field.casefold() for field in fields}
    if any(name not in fields and name.casefold() in folded for name in document):
        raise ambiguous(what, "a field differs from a known one in upper and lower case only")


def text(value: object) -> str | None:
    """Return ``value`` where it is text with something in it."""
    return value if isinstance(value, str) and value else None


def word(value: object) -> str:
    """Return ``value`` where it is one word, as systems and processors are called; else nothing.

    Such words stand in messages and suggestions, where other people's prose has no place.
    """
    return value if isinstance(value, str) and _WORD.match(value) else ""


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


def count(value: object) -> int | None:
    """Return ``value`` where it is a number of bytes that can exist."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63 else None
