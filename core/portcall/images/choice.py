"""Choosing one platform's manifest out of an index."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.errors import NotFoundError
from portcall.oci import media_types
from portcall.oci.manifest import Index
from portcall.platform import Platform, choose_platform

if TYPE_CHECKING:
    from portcall.backend import RegistryBackend
    from portcall.oci.descriptor import Descriptor
    from portcall.oci.manifest import StoredManifest

#: How deep indexes may nest, and how many are opened for one question.
_MAX_DEPTH = 4
_MAX_NESTED = 16


@dataclass(frozen=True, slots=True)
class Choice:
    """One manifest out of what a reference resolves to.

    Args:
        manifest: The chosen manifest; the index itself where it holds no image.
        platforms: Every real platform on offer.
        platform: The chosen one, where the index names it.
        substitute: Whether the default platform was not there, and another was taken.
    """

    manifest: StoredManifest
    platforms: tuple[Platform, ...] = ()
    platform: Platform | None = None
    substitute: bool = False


async def choose(
    backend: RegistryBackend, repository: str, top: StoredManifest, wanted: Platform | None, default: Platform
) -> Choice:
    """Choose the manifest for ``wanted``; without a wish for ``default``, else the first real platform.

    Raises:
        NotFoundError: The index has images, none of them for ``wanted``; its platforms are the candidates.
    """
    if not isinstance(top.content, Index):
        return Choice(top)
    entries = await _flattened(backend, repository, top)
    platforms = tuple(dict.fromkeys(entry.platform for entry in entries if entry.platform))
    if not entries:
        return Choice(top)
    position = _position(entries, wanted or default)
    if position is None and wanted is not None:
        raise no_such_platform(wanted, platforms)
    chosen = entries[position or 0]
    manifest = await backend.get_manifest(repository, chosen.digest)
    return Choice(
        manifest, platforms, chosen.platform, substitute=position is None and chosen.platform is not None
    )


def no_such_platform(wanted: Platform, offered: tuple[Platform, ...]) -> NotFoundError:
    """Return the error for a platform that an image does not have."""
    names = [str(platform) for platform in offered]
    told = f"; there are {', '.join(names[:12])}" if names else ""
    return NotFoundError(
        f"the image exists, but not for {wanted}{told}",
        hint="Ask for one of its platforms, or leave platform empty.",
        candidates=names[:20],
    )


def _position(entries: list[Descriptor], wanted: Platform) -> int | None:
    named = [i for i, entry in enumerate(entries) if entry.platform is not None]
    best = choose_platform(wanted, [entries[i].platform or wanted for i in named])
    if best is not None:
        return named[best]
    # An entry that does not say its platform may be it; its configuration will tell.
    return next((i for i, entry in enumerate(entries) if entry.platform is None), None)


async def _flattened(backend: RegistryBackend, repository: str, top: StoredManifest) -> list[Descriptor]:
    """Return the image entries of an index, nested indexes opened in place, each digest once."""
    seen = {top.digest}
    opened = 0

    async def expand(index: Index, depth: int) -> list[Descriptor]:
        nonlocal opened
        found: list[list[Descriptor]] = []
        nested: list[tuple[int, str]] = []
        for entry in index.images:
            if entry.media_type not in media_types.INDEXES:
                found.append([entry])
            elif depth < _MAX_DEPTH and opened < _MAX_NESTED and entry.digest not in seen:
                seen.add(entry.digest)
                opened += 1
                nested.append((len(found), entry.digest))
                found.append([])
        inner = await asyncio.gather(*(backend.get_manifest(repository, digest) for _, digest in nested))
        for (place, _), manifest in zip(nested, inner, strict=True):
            if isinstance(manifest.content, Index):
                found[place] = await expand(manifest.content, depth + 1)
        return [entry for group in found for entry in group]

    content = top.content
    entries = await expand(content, 1) if isinstance(content, Index) else []
    return list({entry.digest: entry for entry in reversed(entries)}.values())[::-1]
