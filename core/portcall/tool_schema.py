"""Schemas as they go over the wire: what a model needs to call, and a strict client to believe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portcall.models import LongText

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from portcall.models import Answer

#: What the server checks and refuses in words: in a schema it costs every conversation, and tells a model nothing.
_BOUNDS_OF_TEXTS = frozenset({"minLength", "maxLength", "maxItems"})


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
    fail a page. Named are the fields that every such answer has, and its lists. A detail that JSON leaves out
    where there is nothing to say is not: in the list of tools, all of them would be one byte in eight.
    """
    told = answer.model_json_schema()["properties"]
    kept = [name for name, field in answer.model_fields.items() if not field.exclude]
    properties = {name: _loose(told[name]) for name in kept}
    named = {name: field for name, field in properties.items() if _is_named(answer, name, field)}
    return {"type": "object", "properties": named | {"error": {"type": "object"}}}


def _is_named(answer: type[Answer], name: str, field: Mapping[str, Any]) -> bool:
    if name == "warnings":
        return False  # every answer may have some
    is_its_text = issubclass(answer, LongText) and name == answer.text_field
    return name not in answer.left_out or is_its_text or field["type"] == "array"


def _slim(field: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in field.items() if key != "title" and key not in _BOUNDS_OF_TEXTS}
    if not kept.get("default", True):
        del kept["default"]
    if kept.get("minimum") in (0, 1):
        del kept["minimum"]  # what else, for a number of things
    if "items" in kept:
        kept["items"] = _slim(kept["items"])
    # What it is before what it is for.
    return {"type": kept.pop("type"), **kept}


def _loose(field: Mapping[str, Any]) -> dict[str, Any]:
    """Return a field's JSON type or types alone."""
    if "$ref" in field:
        return {"type": "object"}
    types = [_loose(option)["type"] for option in field.get("anyOf", ())] or [field.get("type", "object")]
    return {"type": types[0] if len(types) == 1 else types}
