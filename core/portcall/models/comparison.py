"""What is different between two images."""

from __future__ import annotations

from typing import ClassVar, Literal

from portcall.models.base import Answer, QuietModel


class ComparedImage(QuietModel):
    """One side of a comparison."""

    left_out: ClassVar[frozenset[str]] = frozenset({"size", "created", "layers", "platform", "platform_digest"})

    name: str
    tag: str | None = None
    registry: str
    reference: str
    """Pinned by ``digest``."""
    digest: str
    platform: str | None = None
    platform_digest: str | None = None
    size: int | None = None
    """Layers as stored, bytes."""
    created: str | None = None
    layers: int | None = None


class LayerDifference(QuietModel):
    """A layer that only one of two images has."""

    left_out: ClassVar[frozenset[str]] = frozenset({"command"})

    digest: str
    size: int
    command: str | None = None


class ValueDifference(QuietModel):
    """A value that differs; ``None`` on the side that does not have it."""

    left_out: ClassVar[frozenset[str]] = frozenset({"a", "b"})

    name: str
    a: str | None = None
    b: str | None = None


class FileDifference(QuietModel):
    """A path that differs in the merged trees."""

    left_out: ClassVar[frozenset[str]] = frozenset({"size_a", "size_b", "what"})

    path: str
    change: Literal["added", "removed", "changed"]
    size_a: int | None = None
    size_b: int | None = None
    what: tuple[str, ...] = ()
    """Of a changed one: ``kind``, ``content``, ``mode``, ``owner``, ``target``; ``content?`` if not known."""


class ImageComparison(Answer):
    """What is different between image ``a`` and image ``b``: read as the way from ``a`` to ``b``."""

    left_out: ClassVar[frozenset[str]] = Answer.left_out | {
        *("platforms_added", "platforms_removed", "platforms_changed", "layers_shared", "shared_size"),
        *("layers_added", "layers_removed", "config", "env", "labels", "history_added", "history_removed"),
        *("files", "files_added", "files_removed", "files_changed", "bytes_fetched", "verified", "size_change"),
        *("same_content", "annotations"),
    }

    a: ComparedImage
    b: ComparedImage
    same: bool
    """Whether both references stand for the very same digest."""
    same_content: bool | None = None
    """Whether both have the same files and configuration for this platform, whatever their digests."""
    platforms_added: tuple[str, ...] = ()
    platforms_removed: tuple[str, ...] = ()
    platforms_changed: tuple[str, ...] = ()
    """Platforms that both have, with other manifests."""
    size_change: int | None = None
    """Bytes that ``b`` is larger than ``a``, as stored."""
    layers_shared: int | None = None
    shared_size: int | None = None
    layers_added: tuple[LayerDifference, ...] = ()
    layers_removed: tuple[LayerDifference, ...] = ()
    config: tuple[ValueDifference, ...] = ()
    """``user``, ``entrypoint``, ``cmd``, ``workdir``, ``exposed_ports`` …"""
    env: tuple[ValueDifference, ...] = ()
    labels: tuple[ValueDifference, ...] = ()
    annotations: tuple[ValueDifference, ...] = ()
    history_added: tuple[str, ...] = ()
    """Build steps that only ``b`` has, in order."""
    history_removed: tuple[str, ...] = ()
    files: tuple[FileDifference, ...] = ()
    """Where asked for: paths that differ, the largest change first."""
    files_added: int | None = None
    files_removed: int | None = None
    files_changed: int | None = None
    bytes_fetched: int | None = None
    verified: bool | None = None
