"""Answers as JSON that every host can carry, and in which nothing hides."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pydantic_core

from portcall.render.untrusted import visible

if TYPE_CHECKING:
    from portcall.models import Model

#: How JSON spells the controls other than line break and tab, and half characters.
_ESCAPED = re.compile(rb"\\(?:u[0d]|[bfr])")
#: Bytes that one character takes at most, spelt as JSON does it: ``\\ud83d\\udc0b``.
_LONGEST_CHARACTER = 12


def as_json(answer: Model, budget: int) -> dict[str, Any] | None:
    """Return a model as JSON objects, or ``None`` where they take more than ``budget`` characters.

    Characters that hide, line breaks and tabs aside, are written out by their number, as in the text: an
    invisible instruction would reach a model through JSON as well. Lone surrogates, which JSON can spell and
    no UTF-8 can hold, are among them.
    """
    fields: dict[str, Any] = answer.model_dump(mode="json")
    try:
        written = pydantic_core.to_json(fields)
    except pydantic_core.PydanticSerializationError:
        written = json.dumps(fields).encode()
    if _hides_nothing(written):
        return fields if len(written) <= budget else None
    # What is far over the budget is not looked at letter by letter: a megabyte takes a second.
    if len(written) > _LONGEST_CHARACTER * budget:
        return None
    fields = _visible(fields)
    return fields if len(pydantic_core.to_json(fields).decode()) <= budget else None


def _hides_nothing(written: bytes) -> bool:
    """Tell whether JSON holds ASCII alone, and of its controls line breaks and tabs at most."""
    return written.isascii() and b"\x7f" not in written and _ESCAPED.search(written) is None


def _visible(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value, len(value))
    if isinstance(value, dict):
        return {visible(key, len(key)): _visible(item) for key, item in value.items()}
    return [_visible(item) for item in value] if isinstance(value, list) else value
