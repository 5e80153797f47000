"""Indexes within indexes, opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.images.together import side_by_side
from portcall.oci import media_types
from portcall.oci.manifest import Index

if TYPE_CHECKING:
    from portcall.backend import RegistryBackend
    from portcall.oci.descriptor import Descriptor
    from portcall.platform import Platform

#: How deep indexes may nest, and how many are opened for one question.
MAX_DEPTH = 4
MAX_OPENED = 16


async def images_in(
    backend: RegistryBackend, repository: str, index: Index
) -> tuple[tuple[Descriptor, ...], bool]:
    """Return the image entries of an index, those of indexes within in their place, each line once.

    Returns:
        The entries, and whether they are all: an index that nests deeper, or holds more indexes, is not
        opened to the end.
    """
    opened: set[str] = set()
    is_whole = True

    async def expand(entries: tuple[Descriptor, ...], depth: int) -> list[Descriptor]:
        nonlocal is_whole
        nested = [entry.digest for entry in entries if entry.media_type in media_types.INDEXES]
        fresh = [digest for digest in dict.fromkeys(nested) if digest not in opened]
        room = MAX_OPENED - len(opened) if depth < MAX_DEPTH else 0
        is_whole = is_whole and len(fresh) <= room
        opened.update(fresh[:room])
        manifests = await side_by_side(fresh[:room], lambda digest: backend.get_manifest(repository, digest))
        inner = {
            manifest.digest: await expand(manifest.content.images, depth + 1)
            for manifest in manifests
            if isinstance(manifest.content, Index)
        }
        found: list[Descriptor] = []
        for entry in entries:
            is_index = entry.media_type in media_types.INDEXES
            found += inner.pop(entry.digest, []) if is_index else [entry]
        return found

    # One image may be listed for several platforms, and one line by several indexes.
    lines: dict[tuple[str, Platform | None], Descriptor] = {}
    for entry in await expand(index.images, 1):
        lines.setdefault((entry.digest, entry.platform), entry)
    return tuple(lines.values()), is_whole
