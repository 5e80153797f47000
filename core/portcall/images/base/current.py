"""A base as it is now, as its registry tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.images.choice import choose
from portcall.images.configuration import image_config
from portcall.oci.manifest import Index, Manifest
from portcall.platform import Platform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.backend import RegistryBackend
    from portcall.images.opened import OpenedImage
    from portcall.reference import Reference

_USUAL = Platform("linux", "amd64")


@dataclass(frozen=True, slots=True)
class CurrentBase:
    """What a base's reference stands for, for the platform of an image.

    Args:
        digest: What the reference resolves to.
        digests: That, the platform's manifest, and the index's other entries.
        platform_digest: The platform's manifest; ``None`` where a HEAD had to do.
        layers: Digests of the platform's layers as stored; none where a HEAD had to do.
        diff_ids: Digests of the same, uncompressed.
        created: When it was built, RFC 3339.
    """

    digest: str
    digests: frozenset[str]
    platform_digest: str | None = None
    layers: tuple[str, ...] = ()
    diff_ids: tuple[str, ...] = ()
    created: str | None = None

    def has(self, digest: str | None) -> bool:
        """Tell whether a digest is that of what the reference stands for, or of one of its platforms."""
        return digest in self.digests

    def has_layers_of(self, other: CurrentBase) -> bool:
        """Tell whether two have the same layers, as stored or by what they unpack to."""
        return self.layers == other.layers or bool(self.diff_ids and self.diff_ids == other.diff_ids)

    def shared_with(self, image: OpenedImage) -> int | None:
        """Return how many of its layers, from the lowest on, the image has, too; ``None`` if they are not known.

        Layers that were compressed anew on the way are the same by what they unpack to.
        """
        if self.platform_digest is None:
            return None
        stored = _common(self.layers, [layer.digest for layer in image.layers])
        return max(stored, _common(self.diff_ids, image.config.diff_ids))

    def is_below(self, image: OpenedImage) -> bool:
        """Tell whether the image is built on this very base: all its layers come first in it."""
        return bool(self.layers) and self.shared_with(image) == len(self.layers)


async def look_up(backend: RegistryBackend, reference: Reference, image: OpenedImage) -> CurrentBase:
    """Return what a base is now, for the platform of an image.

    Raises:
        PortcallError: It is not there, not for this platform, or cannot be asked for.
    """
    repository = reference.repository
    top = await backend.get_manifest(repository, reference.identifier)
    choice = await choose(backend, repository, top, image.platform, image.platform or _USUAL)
    entries = [entry.digest for entry in top.content.manifests] if isinstance(top.content, Index) else []
    manifest = choice.manifest.content
    config = await image_config(backend, repository, manifest)
    return CurrentBase(
        digest=top.digest,
        digests=frozenset({top.digest, choice.manifest.digest, *entries}),
        platform_digest=choice.manifest.digest,
        layers=tuple(layer.digest for layer in manifest.layers) if isinstance(manifest, Manifest) else (),
        diff_ids=config.diff_ids if config else (),
        created=config.created if config else None,
    )


async def glance_at(backend: RegistryBackend, reference: Reference) -> CurrentBase:
    """Return what a base resolves to now, and no more: that counts as no pull.

    Raises:
        PortcallError: It is not there, or cannot be asked for.
    """
    descriptor = await backend.resolve(reference.repository, reference.identifier)
    return CurrentBase(descriptor.digest, frozenset({descriptor.digest}))


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    """Return how many items two sequences begin with alike."""
    count = 0
    for one, other in zip(a, b, strict=False):
        if one != other:
            break
        count += 1
    return count
