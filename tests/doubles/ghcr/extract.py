"""The published description of api.github.com, held against what is asked and what is answered."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from tests.doubles.ghcr.routes import Template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.testing import Request

#: Beside the checkout; whoever has no such file has no checks.
EXTRACT = Path(__file__).parents[4] / "shared" / "facts" / "data" / "github" / "api.github.com.extract.json"

_MOST_PER_PAGE = 100
#: Asked by everybody, and answered, though not in the description (ghcr-cleanup-action, #fs-40697118432).
_TOLERATED = {
    "/users/{username}/packages/{package_type}/{package_name}/versions": {"page", "per_page", "state"},
}
#: Documented, and not in the extract: path, and what may be asked (docs.github.com, "Repositories").
_BESIDE = {"/users/{username}/repos": {"type", "sort", "direction", "page", "per_page"}}
_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@_FORMATS.checks("uri", raises=ValueError)
def _is_address(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme and urlsplit(value).netloc)


@dataclass(slots=True)
class Extract:
    """The OpenAPI document."""

    document: dict[str, Any] = field(repr=False)

    @classmethod
    def load(cls, path: Path = EXTRACT) -> Extract | None:
        """Return the document, or ``None`` where the file is missing."""
        return cls(json.loads(path.read_text("utf-8"))) if path.is_file() else None

    # Requests

    def violations(self, request: Request) -> list[str]:
        """Return what a request does that is not in the description: one sentence each."""
        for text, parameters in _BESIDE.items():
            if Template(text).arguments(request.path) and request.parameters.keys() <= parameters:
                return []
        found = self._operation(request.path)
        if found is None:
            return [f"{request.method} {request.target}: no such path is documented"]
        text, arguments = found
        if request.method not in {"GET", "HEAD"}:
            return [f"{request.method} {request.target}: only GET is documented"]
        wrong = [*self._wrong_in_path(text, arguments), *self._wrong_in_query(text, request)]
        return [f"{request.method} {request.target}: {what}" for what in wrong]

    def _operation(self, path: str) -> tuple[str, dict[str, str]] | None:
        # gh-spec: "If you omit the `path` parameter, you will receive the contents of the … root directory".
        path = re.sub(r"\A(/repos/[^/]+/[^/]+/contents)\Z", r"\1/", path)
        # The most literal first: /orgs/{org}/packages before anything with more parameters.
        for text in sorted(self.document["paths"], key=lambda text: text.count("{")):
            arguments = Template(text).arguments(path)
            if arguments is not None:
                return text, arguments
        return None

    def _parameters(self, text: str, place: str) -> Iterator[dict[str, Any]]:
        for parameter in self.document["paths"][text]["get"].get("parameters", []):
            resolved = self._resolved(parameter)
            if resolved["in"] == place:
                yield resolved

    def _wrong_in_path(self, text: str, arguments: dict[str, str]) -> Iterator[str]:
        for parameter in self._parameters(text, "path"):
            yield from _wrong_value(parameter, arguments[parameter["name"]])

    def _wrong_in_query(self, text: str, request: Request) -> Iterator[str]:
        known = {parameter["name"]: parameter for parameter in self._parameters(text, "query")}
        for name, values in request.parameters.items():
            if name in known:
                yield from (what for value in values for what in _wrong_value(known[name], value))
            elif name not in _TOLERATED.get(text, ()):
                yield f"the query parameter {name!r} is not documented"
            if len(values) > 1:
                yield f"the query parameter {name!r} stands there {len(values)} times"
        for name, parameter in known.items():
            if parameter.get("required") and not request.parameter(name):
                yield f"the query parameter {name!r} is required"

    # Answers

    def problems(
        self, path: str, status: int, document: object, media_type: str = "application/json"
    ) -> list[str] | None:
        """Return where an answer is not as described; ``None`` where that status has no description."""
        found = self._operation(path)
        responses = {} if found is None else self.document["paths"][found[0]]["get"]["responses"]
        response = self._resolved(responses.get(str(status), {}))
        schema = response.get("content", {}).get(media_type, {}).get("schema")
        if schema is None:
            return None
        whole = {**_as_json_schema(schema), "components": _as_json_schema(self.document["components"])}
        validator = Draft202012Validator(whole, format_checker=_FORMATS)
        return [f"{error.json_path}: {error.message}"[:500] for error in validator.iter_errors(document)]

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        reference = node.get("$ref")
        if reference is None:
            return node
        found: dict[str, Any] = self.document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        return found


def _wrong_value(parameter: dict[str, Any], value: str) -> Iterator[str]:
    name, schema = parameter["name"], parameter["schema"]
    if schema.get("type") == "integer" and not re.fullmatch(r"\d+", value):
        yield f"{name}={value!r} is no number"
    elif name == "per_page" and int(value) > _MOST_PER_PAGE:
        yield f"{name}={value} is more than a hundred"
    if value not in schema.get("enum", [value]):
        yield f"{name}={value!r} is none of {', '.join(schema['enum'])}"


def _as_json_schema(node: Any) -> Any:
    """Return an OpenAPI 3.0 schema as JSON Schema, which says ``null`` as a type and knows no discriminators."""
    if isinstance(node, list):
        return [_as_json_schema(one) for one in node]
    if not isinstance(node, dict):
        return node
    left_out = {"nullable", "discriminator", "example", "examples"}
    made = {key: _as_json_schema(value) for key, value in node.items() if key not in left_out}
    if node.get("nullable") is not True:
        return made
    return {"anyOf": [made, {"type": "null"}]}
