"""Choosing one platform's manifest out of an index."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from portcall.errors import NotFoundError, TooLargeError
from portcall.images.configuration import platform_of
from portcall.images.nested import images_in
from portcall.oci.manifest import Index
from portcall.platform import Platform, choose_platform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.backend import RegistryBackend
    from portcall.oci.descriptor import Descriptor
    from portcall.oci.manifest import StoredManifest

#: Most entries without a platform whose configurations are looked at for one.
_MOST_LOOKED_AT = 16


@dataclass(frozen=True, slots=True)
class Choice:
    """One manifest out of what a reference resolves to.

    Args:
        manifest: The chosen manifest; the index itself where it holds no image.
        platforms: Every real platform on offer.
        platform: The chosen one, where it is told.
        substitute: Whether the default platform was not there, and another was taken.
    """

    manifest: StoredManifest
    platforms: tuple[Platform, ...] = ()
    platform: Platform | None = None
    substitute: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """An index's images, and which of them serves a platform best.

    Args:
        entries: The images, with their platforms where they are told.
        position: The best one's place among them; ``None`` where there is none.
        is_whole: Whether all there is was looked at.
    """

    entries: tuple[Descriptor, ...]
    position: int | None
    is_whole: bool = True

    @property
    def platforms(self) -> tuple[Platform, ...]:
        """Every platform that is told, in order, each once."""
        return tuple(dict.fromkeys(entry.platform for entry in self.entries if entry.platform))


async def choose(
    backend: RegistryBackend, repository: str, top: StoredManifest, wanted: Platform | None, default: Platform
) -> Choice:
    """Choose the manifest for ``wanted``; without a wish for ``default``, else the first real platform.

    Raises:
        NotFoundError: The index has no image for ``wanted``; its platforms are the candidates.
        TooLargeError: Whether it has one could not be told, for it nests too deep.
    """
    if not isinstance(top.content, Index):
        return Choice(top)
    selection = await select(backend, repository, top.content, wanted or default)
    if selection.position is None and wanted is not None:
        raise _unavailable(wanted, selection)
    if not selection.entries:
        return Choice(top)
    chosen = _chosen(selection)
    manifest = await backend.get_manifest(repository, chosen.digest)
    substitute = selection.position is None and chosen.platform is not None
    return Choice(manifest, selection.platforms, chosen.platform, substitute)


async def select(backend: RegistryBackend, repository: str, index: Index, wish: Platform) -> Selection:
    """Find the image for ``wish`` in an index; entries that do not say their platform are looked at last.

    Raises:
        PortcallError: An index within, or a configuration, cannot be read.
    """
    found, is_whole = await images_in(backend, repository, index)
    entries = list(found)
    position = _position(entries, wish)
    unnamed = [place for place, entry in enumerate(entries) if entry.platform is None]
    for place in unnamed[:_MOST_LOOKED_AT] if position is None else ():
        manifest = await backend.get_manifest(repository, entries[place].digest)
        platform = await platform_of(backend, repository, manifest.content)
        entries[place] = replace(entries[place], platform=platform)
        if platform is not None and platform.serves(wish) is not None:
            position = place
            break
    return Selection(tuple(entries), position, is_whole and len(unnamed) <= _MOST_LOOKED_AT)


def no_such_platform(wanted: Platform, offered: Sequence[Platform]) -> NotFoundError:
    """Return the error for a platform that an image does not have."""
    names = list(dict.fromkeys(str(platform) for platform in offered))
    return NotFoundError(
        f"the image exists, but not for {wanted}",
        hint="Ask for a platform that it has, or leave platform empty.",
        candidates=names[:20],
    )


def _unavailable(wanted: Platform, selection: Selection) -> NotFoundError | TooLargeError:
    if selection.is_whole:
        return no_such_platform(wanted, selection.platforms)
    return TooLargeError(
        f"the index holds more than is looked at for one question, and no image for {wanted} among the first",
        hint="Ask for one of its entries by digest; get_manifest lists them.",
    )


def _position(entries: Sequence[Descriptor], wish: Platform) -> int | None:
    named = [(place, entry.platform) for place, entry in enumerate(entries) if entry.platform is not None]
    best = choose_platform(wish, [platform for _, platform in named])
    return None if best is None else named[best][0]


def _chosen(selection: Selection) -> Descriptor:
    if selection.position is not None:
        return selection.entries[selection.position]
    return next((entry for entry in selection.entries if entry.platform), selection.entries[0])
