"""Requests and answers held against Harbor's published API document, where that is at hand.

The document is ``api/v2.0/swagger.yaml`` of goharbor/harbor, where ``HARBOR_API_DOCUMENT`` names it; else it is
looked for beside portcall's checkout, in ``../shared``. It is read there and never copied; without it nothing is
checked.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from portcall.testing import Reply, Request

_BESIDE = Path("shared", "facts", "data", "harbor", "harbor-api-v2.0.swagger.yaml")
_TYPES = {
    "integer": re.compile(r"-?[0-9]+\Z"),
    "boolean": re.compile(r"(?:true|false)\Z"),
    "string": re.compile(r".*\Z", re.DOTALL),
}


@cache
def document() -> dict[str, Any]:
    """Return the document; an empty one where there is none.

    Raises:
        OSError: ``HARBOR_API_DOCUMENT`` names what cannot be read.
    """
    named = os.environ.get("HARBOR_API_DOCUMENT")
    # None, where the example was copied to the top of a disk.
    checkouts = Path(__file__).resolve().parents[5:6]
    beside = next((path for checkout in checkouts if (path := checkout / _BESIDE).is_file()), None)
    place = Path(named) if named else beside
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(place.read_bytes(), loader) if place else {}


@dataclass(frozen=True, slots=True)
class ApiDocument:
    """Finds what requests and answers do that the document does not know."""

    def complaints(self, request: Request, reply: Reply) -> list[str]:
        """Return what is wrong, each a clause; an empty list where nothing is, or nothing is known."""
        if not document():
            return []
        operation = _operation(request)
        if operation is None:
            return ["the document has no such operation"]
        return [*_asked(operation, request), *_answered(operation, reply)]


def _operation(request: Request) -> dict[str, Any] | None:
    path = request.path.removeprefix(document()["basePath"])
    for template, methods in sorted(document()["paths"].items(), key=lambda entry: entry[0].count("{")):
        pattern = "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in _parts(template))
        if re.fullmatch(pattern, path) and request.method.lower() in methods:
            return dict(methods[request.method.lower()])
    return None


def _parts(template: str) -> list[str]:
    return re.split(r"(\{\w+\})", template)


def _asked(operation: dict[str, Any], request: Request) -> Iterator[str]:
    known = {each["name"]: each for each in map(_resolved, operation["parameters"]) if each["in"] == "query"}
    for name, values in request.parameters.items():
        if name not in known:
            yield f"the document knows no parameter {name!r} here"
        elif not _TYPES[known[name]["type"]].match(values[0]):
            yield f"parameter {name!r} is no {known[name]['type']}"
        elif int(known[name].get("maximum", 0)) and int(values[0]) > known[name]["maximum"]:
            yield f"parameter {name!r} is more than {known[name]['maximum']}"
    missing = (name for name, each in known.items() if each.get("required") and name not in request.parameters)
    yield from (f"parameter {name!r} is missing" for name in missing)


def _answered(operation: dict[str, Any], reply: Reply) -> Iterator[str]:
    told = operation["responses"].get(str(reply.status))
    if told is None:
        yield f"the document knows no answer {reply.status} here"
        return
    schema = _resolved(told).get("schema")
    # Additions are written by hand, whatever the document calls them.
    if schema is None or schema == {"type": "string"}:
        return
    validator = jsonschema.Draft4Validator({**_strict(schema), "definitions": _definitions()})
    for problem in validator.iter_errors(reply.document):
        yield f"the answer is none: {problem.json_path}: {problem.message[:200]}"


def _resolved(described: dict[str, Any]) -> dict[str, Any]:
    """Return what a reference to a parameter or a response stands for."""
    if "$ref" not in described:
        return described
    _, kind, name = described["$ref"].split("/")
    return dict(document()[kind][name])


@cache
def _definitions() -> dict[str, Any]:
    return {name: _strict(schema) for name, schema in document()["definitions"].items()}


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema as go-swagger means it, that lets nothing pass which it does not name.

    A bare ``type: object`` is anything at all there, and ``x-nullable`` allows null.
    """
    if set(schema) <= {"type", "description"} and schema.get("type") == "object":
        return {}
    strict = dict(schema)
    if "properties" in schema:
        strict["properties"] = {name: _strict(each) for name, each in schema["properties"].items()}
        strict.setdefault("additionalProperties", False)
    if isinstance(schema.get("additionalProperties"), dict):
        strict["additionalProperties"] = _strict(schema["additionalProperties"])
    if "items" in schema:
        strict["items"] = _strict(schema["items"])
    return {"anyOf": [strict, {"type": "null"}]} if schema.get("x-nullable") else strict
