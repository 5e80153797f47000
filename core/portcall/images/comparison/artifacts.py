"""Two artifacts that are no images, compared as far as their manifests go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portcall.errors import UnsupportedError
from portcall.images.comparison.layer_sets import layer_differences
from portcall.images.comparison.values import differences

if TYPE_CHECKING:
    from portcall.images.comparison.side import OpenedArtifact, Side


def artifact_differences(a: OpenedArtifact, b: OpenedArtifact) -> dict[str, Any]:
    """Return in what two artifacts differ: their layers, and what they call themselves."""
    config = differences(_identity(a), _identity(b))
    layers = layer_differences(a.parts, b.parts)
    return {
        **layers,
        "config": config,
        "same_content": [part.digest for part in a.parts] == [part.digest for part in b.parts] and not config,
        "warnings": ("these are no images: they have no platform, history or files to compare",),
    }


def not_alike(side: Side, artifact: OpenedArtifact) -> UnsupportedError:
    """Return the error for an artifact that is to be compared with an image."""
    what = "an index without images" if artifact.is_index else "an artifact, not an image"
    return UnsupportedError(
        f"{side.label}, {artifact.reference.familiar}, is {what}, and the other is an image",
        hint="get_manifest shows what each of them holds.",
        registry=artifact.reference.registry,
    )


def _identity(artifact: OpenedArtifact) -> dict[str, str | None]:
    return {"artifact_type": artifact.kind, "config_digest": artifact.config_digest}
