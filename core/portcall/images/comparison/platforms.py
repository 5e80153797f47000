"""Which platforms two references have, and which one is compared."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from portcall.images.configuration import platform_of
from portcall.images.nested import images_in
from portcall.oci.manifest import Index
from portcall.platform import choose_platform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portcall.images.comparison.side import Side
    from portcall.oci.manifest import StoredManifest
    from portcall.platform import Platform


@dataclass(frozen=True, slots=True)
class Offer:
    """What one reference has.

    Args:
        digests: Of the manifests for each platform, in order.
        is_index: Whether there may be several.
        is_whole: Whether all there is was looked at.
    """

    digests: Mapping[Platform, tuple[str, ...]] = field(default_factory=dict)
    is_index: bool = False
    is_whole: bool = True

    @property
    def by_name(self) -> dict[str, tuple[str, ...]]:
        """The digests by what people call a platform; Windows has several versions of one."""
        return {_name(platform): digests for platform, digests in self.digests.items()}


async def offer_of(side: Side, top: StoredManifest) -> Offer:
    """Return which platforms a side has; a lone image has its own."""
    backend, repository = side.backend, side.reference.repository
    with side.named():
        content = top.content
        if not isinstance(content, Index):
            platform = await platform_of(backend, repository, content)
            return Offer({platform: (top.digest,)} if platform else {})
        entries, is_whole = await images_in(backend, repository, content)
    digests: dict[Platform, tuple[str, ...]] = {}
    for entry in entries:
        if entry.platform is not None:
            digests[entry.platform] = (*digests.get(entry.platform, ()), entry.digest)
    return Offer(digests, is_index=True, is_whole=is_whole)


def platform_differences(a: Offer, b: Offer) -> dict[str, tuple[str, ...]]:
    """Return the platforms that only one side has, and those that both have with other manifests."""
    mine, other = a.by_name, b.by_name
    both_alone = not a.is_index and not b.is_index
    changed = (name for name in mine if name in other and mine[name] != other[name] and not both_alone)
    return {
        "platforms_added": tuple(name for name in other if name not in mine),
        "platforms_removed": tuple(name for name in mine if name not in other),
        # Two lone images differ, or not; that there is one platform in which they do goes without saying.
        "platforms_changed": tuple(changed),
    }


def common_platform(a: Offer, b: Offer, default: Platform) -> Platform | None:
    """Return the platform to compare where nobody asks for one; ``None`` to let each side choose.

    The default one where both have it, else the first that both have.
    """
    mine, others = tuple(a.digests), tuple(b.digests)
    # Windows images have a version each, which need not be the same.
    for wish in (default, *mine, *(replace(platform, os_version="") for platform in mine)):
        if choose_platform(wish, mine) is not None and choose_platform(wish, others) is not None:
            return wish
    return None


def _name(platform: Platform) -> str:
    return f"{platform} ({platform.os_version})" if platform.os_version else str(platform)
