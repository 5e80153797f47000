"""A stored manifest as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from portcall.render.untrusted import code, fenced, visible

if TYPE_CHECKING:
    from portcall.models import ManifestDetail


def manifest_text(detail: ManifestDetail) -> str:
    """Return what it is, and the document itself."""
    title = f"# {detail.name}{':' + detail.tag if detail.tag else ''}"
    facts = [
        f"- pinned: `{detail.reference}`",
        f"- media type: {code(detail.media_type)}",
        f"- size: {detail.size:,} bytes, digest checked",
    ]
    if detail.platform:
        facts.append(f"- platform: {code(detail.platform, 60)}")
    if detail.artifact_type:
        facts.append(f"- artifact type: {code(detail.artifact_type)}")
    document = json.dumps(detail.manifest, ensure_ascii=False, separators=(",", ":"))
    return "\n\n".join((title, "\n".join(facts), fenced(visible(document, len(document)), "json")))
