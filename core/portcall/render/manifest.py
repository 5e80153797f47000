"""A stored manifest as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from portcall.render.untrusted import code, fenced, is_hidden

if TYPE_CHECKING:
    from portcall.models import ManifestDetail

#: Real manifests nest some six levels; serialisers give up at 255.
_DEEPEST = 64


def manifest_text(detail: ManifestDetail) -> str:
    """Return what it is, and the document itself."""
    facts = [
        f"- pinned: {code(detail.reference, 600)}",
        f"- {code(detail.media_type)}, {detail.size:,} bytes, digest checked",
    ]
    if detail.platform:
        facts.append(f"- platform: {code(detail.platform, 60)}")
    title = f"# Manifest of {detail.name}{':' + detail.tag if detail.tag else ''}"
    return "\n\n".join((title, "\n".join(facts), fenced(_written(detail.manifest), "json")))


def is_nested_too_deeply(document: Any) -> bool:
    """Tell whether a document nests deeper than any real one, so that it cannot be serialised safely."""
    level = [document]
    for _ in range(_DEEPEST):
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return False
    return True


def _written(document: dict[str, Any]) -> str:
    """Return the document as compact JSON, in which characters that hide are escaped as JSON does it."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    if not text.isascii():
        hidden = {ord(c): json.dumps(c)[1:-1] for c in set(text) if not c.isascii() and is_hidden(c)}
        text = text.translate(hidden)
    return text.replace("\x7f", "\\u007f")
