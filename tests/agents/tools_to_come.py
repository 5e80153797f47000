"""The tools of SPEC that are still to come, drafted as slim as they can be: today's list leaves them room."""

from __future__ import annotations

from typing import Any

Wire = dict[str, Any]

_TEXT, _LIST, _FLAG, _NUMBER = ({"type": kind} for kind in ("string", "array", "boolean", "integer"))
_IMAGE = {"type": "string", "description": "nginx:1.27, ghcr.io/org/app@sha256:…"}
_TAG = {"type": "string", "description": "Tag or digest"}
_PLATFORM = {"type": "string", "description": "linux/arm64"}
_DRY_RUN = {"type": "boolean", "default": True, "description": "Change nothing"}


def _draft(title: str, description: str, asked: Wire, told: Wire, *, needs: int = 1, writes: bool = False) -> Wire:
    """Return a tool as it would go over the wire, but for its name; the first ``needs`` arguments are required."""
    required = list(asked)[:needs]
    return {
        "description": description,
        "inputSchema": {
            "type": "object",
            "properties": asked,
            "required": required,
            "additionalProperties": False,
        },
        "outputSchema": {"type": "object", "properties": told | {"error": {"type": "object"}}},
        "annotations": {
            "title": title,
            "readOnlyHint": not writes,
            "destructiveHint": writes,
            "idempotentHint": not writes,
            "openWorldHint": True,
        },
    }


_DRAFTS = {
    "list_referrers": _draft(
        "Referrers",
        "Signatures, SBOMs, attestations and other artifacts of an image.",
        {"image_name": _IMAGE, "tag": _TAG, "artifact_type": {"type": "string", "description": "Only this type"}},
        {"digest": _TEXT, "reference": _TEXT, "referrers": _LIST, "complete": _FLAG},
    ),
    "get_attestation": _draft(
        "Attestation",
        "An image's SBOM or provenance: packages; builder, source, materials.",
        {
            "image_name": _IMAGE,
            "kind": {"type": "string", "enum": ["sbom", "provenance"]},
            "tag": _TAG,
            "platform": _PLATFORM,
            "query": _TEXT,
            "limit": {"type": "integer", "default": 50},
            "cursor": {"type": "string", "description": "next_cursor"},
        },
        {
            "reference": _TEXT,
            "platform_digest": _TEXT,
            "format": _TEXT,
            "packages": _LIST,
            "builder": _TEXT,
            "source": _TEXT,
            "materials": _LIST,
            "next_cursor": _TEXT,
            "total": _NUMBER,
        },
        needs=2,
    ),
    "verify_signature": _draft(
        "Signatures",
        "Whether an image is signed, by which key or identity.",
        {
            "image_name": _IMAGE,
            "tag": _TAG,
            "key": {"type": "string", "description": "PEM, or a configured name"},
            "identity": {"type": "string", "description": "Who signed"},
            "issuer": {"type": "string", "description": "Its issuer"},
        },
        {"reference": _TEXT, "verified": _FLAG, "signatures": _LIST},
    ),
    "copy_image": _draft(
        "Copy an image",
        "Copy an image, all platforms or one, to another name.",
        {"source": _IMAGE, "target": _TEXT, "platform": _PLATFORM, "dry_run": _DRY_RUN},
        {"source": _TEXT, "target": _TEXT, "digest": _TEXT, "dry_run": _FLAG, "steps": _LIST},
        needs=2,
        writes=True,
    ),
    "tag_image": _draft(
        "Tag an image",
        "Give an image another tag.",
        {"image_name": _IMAGE, "new_tag": _TEXT, "dry_run": _DRY_RUN},
        {"reference": _TEXT, "digest": _TEXT, "dry_run": _FLAG},
        needs=2,
        writes=True,
    ),
    "delete_tag": _draft(
        "Delete a tag",
        "Delete that tag alone.",
        {"image_name": _IMAGE, "dry_run": _DRY_RUN},
        {"reference": _TEXT, "digest": _TEXT, "dry_run": _FLAG},
        writes=True,
    ),
}
TO_COME: list[Wire] = [{"name": name, **draft} for name, draft in _DRAFTS.items()]
#: Those that are listed unless somebody allows writing, too.
TO_COME_BY_DEFAULT = [tool for tool in TO_COME if tool["annotations"]["readOnlyHint"]]
