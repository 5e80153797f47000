"""Where the published OpenAPI document is wrong, one by one, each with the proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_TAGS = "/v2/namespaces/{namespace}/repositories/{repository}/tags"
_LIST = "/v2/namespaces/{namespace}/repositories"
_ANONYMOUS: list[dict[str, list[str]]] = [{"bearerAuth": []}, {}]
_NULLABLE_TEXT = {"type": "string", "nullable": True}


@dataclass(frozen=True, slots=True)
class Correction:
    """A change to the document.

    Attributes:
        at: Keys from the top; ``-`` at the end appends to a list.
        value: What stands there instead; ``None`` takes it away.
        why: The proof.
    """

    at: tuple[str, ...]
    value: Any
    why: str


def _query(name: str) -> dict[str, Any]:
    return {"in": "query", "name": name, "required": False, "schema": {"type": "string"}}


_TAG = ("components", "schemas", "tag", "properties")
_IMAGE = ("components", "schemas", "image", "properties")

CORRECTIONS: tuple[Correction, ...] = (
    # What may be asked.
    Correction(("paths", _TAGS, "get", "security"), _ANONYMOUS, "docker/hub-feedback#689: staff, anonymous works"),
    Correction(("paths", _TAGS, "head", "security"), _ANONYMOUS, "the same"),
    Correction(("paths", f"{_TAGS}/{{tag}}", "get", "security"), _ANONYMOUS, "#fs-71632618339: ten lookups, 200"),
    Correction(("paths", f"{_TAGS}/{{tag}}", "head", "security"), _ANONYMOUS, "the same"),
    Correction(
        ("paths", _TAGS, "get", "parameters", "-"), _query("name"), "#fs-59425165837 uses it, undocumented"
    ),
    Correction(("paths", _TAGS, "get", "parameters", "-"), _query("ordering"), "reno, #fs-59425165837: the same"),
    Correction(("paths", _LIST, "get", "parameters", "-"), _query("media_types"), "hub-mcp repos.ts"),
    Correction(("paths", _LIST, "get", "parameters", "-"), _query("content_types"), "hub-mcp repos.ts"),
    Correction(
        ("paths", "/v2/users/login", "post", "parameters"),
        [_query("refresh_token")],
        "hub-tool sends refresh_token",
    ),
    # What is answered.
    Correction(
        (*_TAG, "images"),
        {"type": "array", "items": {"$ref": "#/components/schemas/image"}},
        "recorded: #fs-28222082936, #fs-52210787647; the document has one object",
    ),
    Correction((*_TAG, "v2"), {"type": "boolean"}, "recorded: true; the document has text"),
    Correction((*_TAG, "status"), None, "recorded: tag_status"),
    Correction((*_TAG, "tag_status"), {"type": "string", "enum": ["active", "inactive"]}, "recorded"),
    Correction((*_TAG, "digest"), {"type": "string"}, "cupdate models.go, hub-mcp"),
    Correction((*_TAG, "media_type"), {"type": "string"}, "recorded: #fs-52210787647"),
    Correction((*_TAG, "content_type"), {"type": "string"}, "recorded: #fs-52210787647"),
    Correction((*_IMAGE, "variant"), _NULLABLE_TEXT, "recorded: null"),
    Correction((*_IMAGE, "os_version"), _NULLABLE_TEXT, "recorded: null"),
    Correction(
        ("paths", "/v2/auth/token", "post", "responses", "400"),
        {"description": "Bad Request", "$ref": "#/components/responses/bad_request"},
        "#fs-69180047932: 'body is invalid'",
    ),
    # What cannot be read.
    Correction(("components", "schemas", "team_repo", "allOf"), None, "points to a response that is not there"),
)

#: Paths that the document lacks, with the parameters that clients send, and who proves them.
UNDOCUMENTED: dict[str, tuple[frozenset[str], str]] = {
    "/api/search/v4": (
        frozenset(
            {
                "query", "type", "badges", "categories", "architectures", "operating_systems", "images",
                "extension_reviewed", "from", "size", "sort", "order", "custom_boosted_results",
            }
        ),
        "hub-mcp search.ts, server.ts",
    ),
    "/v2/search/repositories": (frozenset({"query", "page", "page_size"}), "recorded 2026-05-03"),
    "/v1/search": (frozenset({"q", "n", "page"}), "index.docker.io's: ci-client SearchRegistry"),
    "/api/content/v1/products/search": (frozenset({"q", "page", "page_size"}), "retired: docker/roadmap#756"),
    "/v2/users/{name}": (frozenset(), "#fs-70316026505"),
    "/v2/orgs/{name}": (frozenset(), "#fs-14977807907"),
    "/v2/user/orgs": (frozenset({"page", "page_size"}), "hub-mcp accounts.ts"),
    "/v2/repositories/{namespace}": (
        frozenset({"page", "page_size", "name", "ordering"}),
        "hub-dep: deprecated 2025-06-27",
    ),
    "/v2/repositories/{namespace}/{repository}": (frozenset(), "hub-dep: deprecated 2025-09-19"),
    "/v2/repositories/{namespace}/{repository}/tags": (
        frozenset({"page", "page_size", "name", "ordering"}),
        "reno",
    ),
    "/v2/repositories/{namespace}/{repository}/tags/{tag}": (frozenset(), "#fs-71632618339"),
    "/v2/repositories/{namespace}/{repository}/tags/{tag}/images": (frozenset(), "#fs-52210787647"),
    "/v2/repositories/{namespace}/{repository}/dockerfile": (frozenset(), "#fs-45390935062"),
}  # fmt: skip
