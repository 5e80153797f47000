"""Schemas as they go over the wire: what a model needs to call, and a strict client to believe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portcall.models import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

#: What the server checks and refuses in words: in a schema it costs every conversation, and tells a model nothing.
_BOUNDS = frozenset({"minLength", "maxLength", "maxItems", "minimum", "maximum"})


def input_schema(arguments: type[BaseModel]) -> dict[str, Any]:
    """Return the arguments' JSON schema, without what pydantic adds for forms.

    Titles repeat the names. A default that is empty says no more than "optional" does; and hosts that fill
    defaults in would send it.
    """
    schema = arguments.model_json_schema()
    properties = {name: _slim(field) for name, field in schema["properties"].items()}
    required = {"required": schema["required"]} if "required" in schema else {}
    return {"type": "object", "properties": properties, **required, "additionalProperties": False}


def output_schema(answer: type[Answer]) -> dict[str, Any]:
    """Return an answer's JSON schema: top-level fields by name and type, nothing required, and ``error``.

    Strict clients validate errors against it too, and a value that a registry invents tomorrow must not
    fail a page. What any answer may carry beside its own fields, like warnings, is not told with each.
    """
    told = answer.model_json_schema()["properties"]
    properties = {
        name: _told(told[name]) if _is_left_out_empty(answer, name) else _loose(told[name])
        for name, field in answer.model_fields.items()
        if not field.exclude and name not in Answer.left_out
    }
    return {"type": "object", "properties": properties | {"error": {"type": "object"}}}


def _is_left_out_empty(answer: type[Answer], name: str) -> bool:
    """Tell whether JSON leaves a field out rather than to say ``null``."""
    return name in answer.left_out and answer.model_fields[name].default is None


def _slim(field: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in field.items() if key != "title" and key not in _BOUNDS}
    if not kept.get("default", True):
        del kept["default"]
    if "items" in kept:
        kept["items"] = _slim(kept["items"])
    # What it is before what it is for.
    return {"type": kept.pop("type"), **kept}


def _told(field: Mapping[str, Any]) -> dict[str, Any]:
    """Return a field's JSON type or types, ``null`` not among them."""
    types = _loose(field)["type"]
    others = [each for each in types if each != "null"] if isinstance(types, list) else [types]
    return {"type": others[0] if len(others) == 1 else others}


def _loose(field: Mapping[str, Any]) -> dict[str, Any]:
    """Return a field's JSON type or types alone."""
    if "$ref" in field:
        return {"type": "object"}
    types = [_loose(option)["type"] for option in field.get("anyOf", ())] or [field.get("type", "object")]
    return {"type": types[0] if len(types) == 1 else types}
