"""What an image was built on."""

from __future__ import annotations

from typing import ClassVar, Literal

from portcall.models.of_image import OfImage


class BaseImageCheck(OfImage):
    """What an image was built on, how that is known, and whether the base has moved on since."""

    left_out: ClassVar[frozenset[str]] = OfImage.left_out | {
        *("base", "base_digest", "current_digest", "shared_layers", "newer", "created"),
        "base_created",
    }

    base: str | None = None
    """The base as a familiar name with its tag: ``debian:12-slim``; ``None`` where nobody tells."""
    base_digest: str | None = None
    """What the base was when the image was built, where that is told."""
    found_by: Literal["annotations", "labels", "provenance", "layers", "history", "scratch", "none"]
    """How it was found: the image's own words, an attestation, layers in common, words of its history."""
    confidence: Literal["certain", "likely", "guess", "unknown"]
    claimed: bool = True
    """Whether this rests on what the publisher wrote; layers in common were compared by digest."""
    current_digest: str | None = None
    """What the base's tag stands for now."""
    outdated: bool | None = None
    """Whether the base's tag has moved since; ``None`` where that cannot be told."""
    shared_layers: int | None = None
    """How many layers the image has in common with the base as it is now."""
    newer: str | None = None
    """A newer stable version of the base, as a tag."""
    created: str | None = None
    """When the image was built, RFC 3339."""
    base_created: str | None = None
    """When the base, as it is now, was built."""
