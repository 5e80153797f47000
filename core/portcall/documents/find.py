"""The one door: whatever was pasted, the images that it mentions."""

from __future__ import annotations

import re
from dataclasses import replace

from portcall.documents.dockerfile_images import dockerfile_references, is_dockerfile
from portcall.documents.document import Document, FoundReference
from portcall.documents.fence import fence_around
from portcall.documents.reference_list import read_list
from portcall.documents.yaml_images import yaml_document
from portcall.errors import InvalidArgumentError

#: Bytes of UTF-8.
MAX_BYTES = 256 * 1024
#: Characters; a reference with the longest repository, tag and digest stays well below.
MAX_TEXT = 1024

_YAML_LINE = re.compile(
    r"\s*(?:-(?:\s|\Z)|[\"']?[A-Za-z0-9_.$/<{-][^\s:\"']*[\"']?\s*:(?:\s|\Z)|---|\.\.\.|[\]}])"
)
_IDLE_LINE = re.compile(r"\s*(?:#.*)?\Z")


def find_references(content: str) -> Document:
    """Return the images that a pasted document mentions, in the order of its lines.

    It may be a Dockerfile, a compose file, Kubernetes manifests, Helm values, a workflow, other YAML or
    JSON, or a bare list, with or without Markdown's fence around it; which one is told by its text.

    Returns:
        ``Document(kind, references)``; ``unknown`` and empty where the text is none of these.

    Raises:
        InvalidArgumentError: more than 256 KiB, or YAML that cannot be read (with line and reason). The
            message repeats nothing of the content.
    """
    if len(content) > MAX_BYTES or len(content.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise InvalidArgumentError(
            f"content is larger than {MAX_BYTES // 1024} KiB",
            hint="Give the part that holds the images, or the references themselves as images.",
        )
    text = _unfenced(content.removeprefix("\ufeff").replace("\r\n", "\n"))
    document = _read(text)
    return replace(document, references=tuple(map(_bounded, document.references)))


def _read(text: str) -> Document:
    if is_dockerfile(text):
        return Document("dockerfile", tuple(dockerfile_references(text)))
    if listed := read_list(text):
        return Document("list", tuple(listed))
    if _looks_like_yaml(text):
        return yaml_document(text)
    return Document("unknown")


def _bounded(reference: FoundReference) -> FoundReference:
    if len(reference.text) <= MAX_TEXT:
        return reference
    return replace(reference, text=reference.text[:MAX_TEXT], problem="too long for a reference")


def _unfenced(text: str) -> str:
    """Blank the lines of a Markdown fence around the whole, so that the others keep their numbers."""
    lines = text.split("\n")
    fence = fence_around(lines)
    if fence is None:
        return text
    for number in fence:
        lines[number] = ""
    return "\n".join(lines)


def _looks_like_yaml(text: str) -> bool:
    """Tell whether at least half of the lines could be YAML's, or the whole JSON's."""
    lines = [line for line in text.split("\n") if not _IDLE_LINE.match(line)]
    if not lines:
        return False
    if lines[0].lstrip()[:1] in {"{", "["} or lines[0].rstrip() == "---":
        return True
    return 2 * sum(_YAML_LINE.match(line) is not None for line in lines) >= len(lines)
