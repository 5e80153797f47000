"""Why an image is as large as it is: its layers, and what is lost in them."""

from __future__ import annotations

from typing import ClassVar, Literal

from portcall.models.base import Model, QuietModel
from portcall.models.of_image import OfImage

EntryKind = Literal["file", "directory", "symlink", "hardlink", "character", "block", "fifo", "other"]
"""What an entry of a layer is."""


class LayerShare(QuietModel):
    """One layer: what it weighs, and which step made it."""

    left_out: ClassVar[frozenset[str]] = frozenset({"foreign", "uncompressed_size", "files", "wasted", "problem"})

    number: int
    """From 1, the lowest first."""
    digest: str
    size: int
    """Bytes as stored, so usually compressed."""
    command: str | None = None
    """The build step, as the image's history tells it; ``None`` where history and layers do not match."""
    created: str | None = None
    foreign: bool = False
    uncompressed_size: int | None = None
    """Sum of the sizes of its files, bytes; deep only, as all that follows."""
    files: int | None = None
    """Entries: files, links, directories, whiteouts."""
    wasted: int | None = None
    """Bytes in it that no container sees: later layers overwrite or delete them."""
    problem: str | None = None
    """Why its files are not counted: it lives elsewhere, is encrypted, or is no archive."""


class WastedFile(Model):
    """A path that is in several layers: dive's ``fileReference``."""

    path: str
    count: int
    """Layers that it is in, deletions included."""
    size: int
    """Bytes of all its copies together, the one that is needed included; as dive counts."""
    reclaimable: int
    """Bytes of copies that no container sees."""


class LayerFile(Model):
    """A file and the layer that it is in."""

    path: str
    size: int
    """Bytes."""
    layer: int
    """The layer's number, from 1."""


class Leftover(Model):
    """What a package manager or a build left behind, and containers still see."""

    kind: str
    """``apt lists``, ``pip cache`` …"""
    path: str
    """The folder: ``/var/lib/apt/lists``."""
    size: int
    """Bytes of all its files."""
    files: int
    layers: tuple[int, ...] = ()
    """Numbers of the layers that hold them."""
    advice: str
    """What to write in the Dockerfile instead."""


class LayerAnalysis(OfImage):
    """Sizes by layer, from manifest and configuration alone; with ``deep``, of all that is in them.

    ``efficiency``, ``wasted_bytes`` and ``wasted_percent`` are the figures of dive (wagoodman/dive), computed in
    its very way; ``reclaimable`` is what a rebuild could save: bytes in layers that no container sees.
    """

    left_out: ClassVar[frozenset[str]] = OfImage.left_out | {
        *("uncompressed_size", "efficiency", "wasted_bytes", "wasted_percent", "reclaimable", "bytes_fetched"),
        *("wasted_files", "wasted_files_total", "biggest_files", "leftovers", "verified"),
    }

    deep: bool = False
    total_size: int
    """Sum of the layers' sizes as stored, bytes."""
    layers: tuple[LayerShare, ...] = ()
    uncompressed_size: int | None = None
    """Sum of all files in all layers, bytes: dive's ``sizeBytes``."""
    efficiency: float | None = None
    """dive's efficiency score, 0 to 1."""
    wasted_bytes: int | None = None
    """dive's ``inefficientBytes``: all copies of files that are in several layers, the needed one included."""
    wasted_percent: float | None = None
    """dive's: ``wasted_bytes`` by the bytes above the lowest layer, 0 to 1; ``None`` for a single layer."""
    reclaimable: int | None = None
    """Uncompressed bytes in layers that no container sees: overwritten, deleted, or behind an opaque marker."""
    wasted_files: tuple[WastedFile, ...] = ()
    """The paths that waste most, the worst first."""
    wasted_files_total: int | None = None
    """How many such paths there are in all."""
    biggest_files: tuple[LayerFile, ...] = ()
    """The largest files that containers see."""
    leftovers: tuple[Leftover, ...] = ()
    """Package caches and the like, the largest first."""
    bytes_fetched: int | None = None
    """Layer bytes that were downloaded for this answer."""
    verified: bool | None = None
    """Whether a digest vouches for every layer: its own, or that of its table of contents."""
