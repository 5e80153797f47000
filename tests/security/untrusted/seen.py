"""Where in an answer a word stands, by the models' own fields."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.security.untrusted.carrier import declared_in, is_text, models_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.models import Model


def fields_with(kind: type[Model], value: dict[str, Any], word: str) -> Iterator[str]:
    """Yield the fields, ``Model.field``, whose texts hold a word.

    Args:
        kind: What the JSON is of.
        value: The JSON.
        word: The word.
    """
    for name, about in kind.model_fields.items():
        told = value.get(name)
        if told is None:
            continue
        if is_text(about.annotation):
            if word in json.dumps(told):
                yield f"{declared_in(kind, name).__name__}.{name}"
            continue
        for inner in models_in(about.annotation):
            for item in told if isinstance(told, list) else [told]:
                yield from fields_with(inner, item, word)
