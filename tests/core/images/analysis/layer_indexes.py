"""Layers as their indexes, written down by hand."""

from __future__ import annotations

from portcall.oci.layers.entry import LayerEntry
from portcall.oci.layers.index import LayerIndex


def folder(path: str) -> LayerEntry:
    return LayerEntry(path, "directory", mode=0o755)


def file(path: str, size: int = 0) -> LayerEntry:
    return LayerEntry(path, "file", size)


def link(path: str, target: str) -> LayerEntry:
    return LayerEntry(path, "hardlink", target=target)


def whiteout(path: str) -> LayerEntry:
    parent, slash, name = path.rpartition("/")
    return LayerEntry(f"{parent}{slash}.wh.{name}", "file")


def opaque(path: str) -> LayerEntry:
    return LayerEntry(f"{path}/.wh..wh..opq", "file")


def layers(*contents: list[LayerEntry]) -> tuple[LayerIndex, ...]:
    """Return the indexes of layers, the lowest first."""
    return tuple(
        LayerIndex(f"sha256:{number:064x}", tuple(entries), "gzip") for number, entries in enumerate(contents, 1)
    )
