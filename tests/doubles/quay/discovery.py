"""Requests held against Quay's own discovery document, where that is at hand.

The document is a recorded ``/api/v1/discovery`` (data/quay/quay-discovery-2020-07.openapi3.yaml). It lies
beside the checkout, in ``../shared``, and is read there and never copied; without it only what needs no
document is found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.testing import Request

#: Where the recorded answers are, if they are: beside the checkout, never in it.
DATA = Path(__file__).resolve().parents[4] / "shared" / "facts" / "data" / "quay"
DOCUMENT = DATA / "quay-discovery-2020-07.openapi3.yaml"

#: Parameters that came after the document of 2020 (q: the modules of the same names).
_LATER = {
    "conductRepoSearch": {"includeUsage": "boolean"},
    "listRepoTags": {"filter_tag_name": "string"},
    "getRepoManifestSecurity": {"raw": "boolean"},
}
_TYPES = {
    "integer": re.compile(r"-?[0-9]+\Z"),
    "boolean": re.compile(r"(?:true|false)\Z", re.IGNORECASE),
    "string": re.compile(r".*\Z", re.DOTALL),
}


@dataclass(frozen=True, slots=True)
class Described:
    """One operation of the document: its query parameters are types by name."""

    name: str
    method: str
    template: str
    query: dict[str, str]

    @property
    def pattern(self) -> re.Pattern[str]:
        """What its paths look like; a repository's name has slashes, and nothing else has."""
        parts = re.split(r"(\{\w+\})", self.template)
        kinds = {"{repository}": r"[^/]+(?:/[^/]+)+"}
        return re.compile("".join(_part(part, kinds) for part in parts) + r"\Z")


def _part(part: str, kinds: dict[str, str]) -> str:
    return kinds.get(part, r"[^/]+") if part.startswith("{") else re.escape(part)


@lru_cache(maxsize=4)
def described(document: Path) -> tuple[Described, ...]:
    """Return a document's operations, the most literal paths first; none where there is no such file."""
    if not document.is_file():
        return ()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    paths: dict[str, dict[str, Any]] = yaml.load(document.read_bytes(), loader)["paths"]
    found = [
        Described(operation["operationId"], method.upper(), template, _query(operation))
        for template, methods in paths.items()
        for method, operation in methods.items()
        if isinstance(operation, dict) and "operationId" in operation
    ]
    return tuple(sorted(found, key=lambda one: -len(re.sub(r"\{\w+\}", "", one.template))))


def _query(operation: dict[str, Any]) -> dict[str, str]:
    parameters = operation.get("parameters", [])
    told = {one["name"]: one["schema"]["type"] for one in parameters if one["in"] == "query"}
    return {**told, **_LATER.get(operation["operationId"], {})}


class Discovery:
    """Finds what a request to ``/api/v1`` does that the document does not know."""

    def __init__(self, document: Path = DOCUMENT) -> None:
        self._operations = [(one.pattern, one) for one in described(document)]

    def complaints(self, request: Request) -> list[str]:
        """Return what is wrong with a request, each a sentence; an empty list where nothing is."""
        found = list(self._found(request))
        return [f"{request.method} {request.target}: {complaint}" for complaint in found]

    def _found(self, request: Request) -> Iterator[str]:
        if request.method not in {"GET", "HEAD"}:
            yield "writes; portcall reads only"
        for name, values in request.parameters.items():
            if len(values) > 1:
                yield f"parameter {name!r} is given {len(values)} times"
        if not self._operations:
            return
        paths = [one for pattern, one in self._operations if pattern.match(request.path)]
        operation = next((one for one in paths if one.method == "GET"), None)
        if operation is None:
            yield "no such operation"
            return
        for name, values in request.parameters.items():
            kind = operation.query.get(name)
            if kind is None:
                yield f"{operation.name} has no parameter {name!r}"
            elif not _TYPES[kind].match(values[0]):
                yield f"parameter {name!r} of {operation.name} is no {kind}: {values[0]!r}"
