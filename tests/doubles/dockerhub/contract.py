"""The published OpenAPI document, corrected, as the judge of requests and of the double's own answers."""

from __future__ import annotations

import copy
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from jsonschema import Draft202012Validator
from tests.doubles.dockerhub.corrections import CORRECTIONS, UNDOCUMENTED

from portcall.testing.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.doubles.dockerhub.corrections import Correction

    from portcall.testing.wire import Request

#: Where the document lies, where it lies anywhere: beside the checkout, never in it.
DOCUMENT = Path(__file__).parents[4] / "shared/facts/data/dockerhub/hub-openapi-latest.yaml"

_WHOLE_NUMBER = re.compile(r"-?\d+")
_PAGING = {"page", "page_size", "n", "from", "size"}


class Contract:
    """What may be asked, and what is answered.

    Args:
        document: The corrected document; ``None`` where there is none: undocumented paths are still looked at.
    """

    def __init__(self, document: dict[str, Any] | None) -> None:
        self._document = document

    @classmethod
    def published(cls, path: Path = DOCUMENT) -> Contract:
        """Return the contract of the published document, if it is there."""
        return cls(_corrected(path) if path.is_file() else None)

    @property
    def is_published(self) -> bool:
        """Whether there is a document."""
        return self._document is not None

    def violations(self, request: Request) -> list[str]:
        """Return what is wrong with a request to hub.docker.com, in words."""
        return [f"{request.method} {request.path}: {wrong}" for wrong in self._wrong(request)]

    def reply_violations(self, request: Request, reply: Reply) -> list[str]:
        """Return where an answer to a documented operation differs from its schema."""
        operation = self._operation(request)
        if operation is None or request.method == "HEAD":
            return []
        declared = {str(status): answer for status, answer in operation["responses"].items()}
        answer = declared.get(str(reply.status))
        if answer is None:
            return [f"{request.method} {request.path}: {reply.status} is not documented"]
        schema = self._resolved(answer).get("content", {}).get("application/json", {}).get("schema")
        return [] if schema is None else list(self._mismatches(reply.document, schema))

    def _wrong(self, request: Request) -> Iterator[str]:
        known = _undocumented(request.path)
        if known is not None:
            yield from _wrong_undocumented(request, known)
            return
        if self._document is None:
            return
        operation = self._operation(request)
        if operation is None:
            yield "no such operation"
            return
        yield from self._wrong_query(request, operation)
        yield from self._wrong_body(request, operation)
        if {} not in operation.get("security", [{}]) and operation.get("security"):
            scheme = request.headers.get("authorization", "").partition(" ")[0]
            if scheme != "Bearer":
                yield "bearer token missing"

    def _wrong_query(self, request: Request, operation: dict[str, Any]) -> Iterator[str]:
        declared = {
            one["name"]: one
            for one in map(self._resolved, operation.get("parameters", []))
            if one["in"] == "query"
        }
        for name, values in request.parameters.items():
            if name not in declared:
                yield f"unknown parameter '{name}'"
                continue
            if len(values) > 1:
                yield f"parameter '{name}' is repeated"
            for value in values:
                wrong = self._mismatches(_read(value, declared[name]["schema"]), declared[name]["schema"])
                yield from (f"parameter '{name}': {each}" for each in wrong)
        for name, one in declared.items():
            if one.get("required") and name not in request.parameters:
                yield f"parameter '{name}' is missing"

    def _wrong_body(self, request: Request, operation: dict[str, Any]) -> Iterator[str]:
        declared = operation.get("requestBody")
        if declared is None:
            if request.body:
                yield "a body is not expected"
            return
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            yield "the body is not application/json"
        schema = self._resolved(declared)["content"]["application/json"]["schema"]
        yield from (f"body: {each}" for each in self._mismatches(Reply(body=request.body).document, schema))

    def _operation(self, request: Request) -> dict[str, Any] | None:
        """Return the operation, with the parameters that its path has."""
        paths = (self._document or {}).get("paths", {})
        # Templates with fewer names first: /v2/users/login is not /v2/users/{name}.
        for template in sorted(paths, key=lambda each: each.count("{")):
            if _matches(template, request.path):
                operation = paths[template].get(request.method.lower())
                shared = paths[template].get("parameters", [])
                own = operation.get("parameters", []) if operation else []
                return None if operation is None else {**operation, "parameters": [*shared, *own]}
        return None

    def _mismatches(self, value: Any, schema: dict[str, Any]) -> Iterator[str]:
        root = {**schema, "components": (self._document or {}).get("components", {})}
        for error in Draft202012Validator(root).iter_errors(value):
            yield f"{error.json_path} {error.message}"

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        found: Any = node
        while "$ref" in found:
            target: Any = self._document
            for key in found["$ref"].removeprefix("#/").split("/"):
                target = target[key]
            found = target
        return dict(found)


def _undocumented(path: str) -> frozenset[str] | None:
    found = (known for template, (known, _) in UNDOCUMENTED.items() if _matches(template, path.removesuffix("/")))
    documented = path.startswith(("/v2/users/login", "/v2/users/2fa-login"))
    return None if documented else next(found, None)


def _wrong_undocumented(request: Request, known: frozenset[str]) -> Iterator[str]:
    for name, values in request.parameters.items():
        if name not in known:
            yield f"unknown parameter '{name}'"
        elif len(values) > 1:
            yield f"parameter '{name}' is repeated"
        elif name in _PAGING and not values[0].isdecimal():
            yield f"parameter '{name}': {values[0]!r} is no number"
    if request.method not in {"GET", "HEAD"}:
        yield "no such operation"


def _matches(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) is not None


def _read(text: str, schema: dict[str, Any]) -> Any:
    kind = schema.get("type")
    if kind in {"integer", "number"} and _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    if kind == "boolean" and text in {"true", "false"}:
        return text == "true"
    return text


@cache
def _corrected(path: Path) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document: dict[str, Any] = yaml.load(path.read_bytes(), loader)
    for correction in CORRECTIONS:
        _apply(document, correction)
    return dict(_json_schema(document))


def _apply(document: dict[str, Any], correction: Correction) -> None:
    *parents, last = correction.at
    place: Any = document
    for key in parents:
        place = place[key]
    if last == "-":
        place.append(copy.deepcopy(correction.value))
    elif correction.value is None:
        del place[last]
    else:
        place[last] = copy.deepcopy(correction.value)


def _json_schema(node: Any) -> Any:
    """Return OpenAPI 3.0 as JSON Schema: ``nullable`` becomes a type, ``required: true`` of a property goes."""
    if isinstance(node, list):
        return [_json_schema(each) for each in node]
    if not isinstance(node, dict):
        return node
    copied = {str(key): _json_schema(value) for key, value in node.items()}
    if copied.get("nullable") and isinstance(copied.get("type"), str):
        copied["type"] = [copied["type"], "null"]
    if isinstance(copied.get("required"), bool) and "in" not in copied and "content" not in copied:
        del copied["required"]
    return copied
