"""A manifest, as stored."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from portcall.models.base import Answer, Model


class ManifestChild(Model):
    """One entry of an index."""

    digest: str
    media_type: str
    size: int
    platform: str | None = None
    artifact_type: str | None = None


class ManifestDetail(Answer):
    """A manifest or index as the registry stores it; ``digest`` was checked over its raw bytes."""

    name: str
    registry: str
    tag: str | None = None
    reference: str
    media_type: str
    artifact_type: str | None = None
    digest: str
    size: int
    """Bytes of the manifest itself."""
    platform: str | None = None
    """The platform that was chosen, where one was asked for."""
    children: tuple[ManifestChild, ...] = Field(default=(), exclude=True)
    """An index's entries, in its order; for Python, since in JSON ``manifest`` holds them already."""
    manifest: dict[str, Any] = Field(default_factory=dict)
    """The document, parsed."""
