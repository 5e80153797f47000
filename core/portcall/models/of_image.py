"""By what every answer about one image says which one it is about."""

from __future__ import annotations

from typing import ClassVar

from portcall.models.base import Answer


class OfImage(Answer):
    """An answer about one platform's image."""

    left_out: ClassVar[frozenset[str]] = Answer.left_out | {"tag", "platform"}

    name: str
    """The familiar name, valid as ``image_name``."""
    tag: str | None = None
    digest: str
    """What the reference resolves to: the index, where it is one."""
    registry: str
    reference: str
    """The image pinned by ``digest``."""
    platform_digest: str
    """The chosen platform's manifest."""
    platform: str | None = None
