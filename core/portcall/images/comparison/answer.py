"""``compare_images``: what is different between two images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portcall.images.comparison.artifacts import artifact_differences, not_alike
from portcall.images.comparison.images import image_differences, stored_config
from portcall.images.comparison.looking_inside import look_inside
from portcall.images.comparison.platforms import common_platform, offer_of, platform_differences
from portcall.images.comparison.side import OpenedArtifact, Side, annotations_of, told_of
from portcall.images.comparison.values import differences
from portcall.images.together import side_by_side
from portcall.models import ImageComparison

if TYPE_CHECKING:
    from collections.abc import Callable

    from portcall.backend import RegistryBackend
    from portcall.images.comparison.platforms import Offer
    from portcall.images.layers import LayerReader
    from portcall.images.opened import OpenedImage
    from portcall.platform import Platform
    from portcall.reference import Reference


async def compare_images(
    a: tuple[RegistryBackend, Reference],
    b: tuple[RegistryBackend, Reference],
    wanted: Platform | None,
    default: Platform,
    reader_of: Callable[[OpenedImage], LayerReader] | None,
) -> ImageComparison:
    """Return what is different between two images, read as the way from the first to the second.

    Indexes are compared by their platforms; then one platform's images: the ``wanted`` one's, else the
    ``default`` one's, else those of the first platform that both have, else what each has.

    Args:
        a: Whom to ask for the first image, and what for.
        b: The second, in the same registry or another.
        wanted: The platform asked for.
        default: The one that is compared otherwise, where both have it.
        reader_of: How the layers are read, where files are to be compared; equal layers are not read at all.

    Raises:
        NotFoundError: One of them is not there, or not for that platform; the message says which.
        UnsupportedError: One of them is an artifact and the other an image.
        PortcallError: One of them, or a layer, cannot be had.
    """
    sides = (Side("the first image", *a), Side("the second image", *b))
    tops = await side_by_side(sides, Side.top)
    pairs = tuple(zip(sides, tops, strict=True))
    first, second = await side_by_side(pairs, lambda pair: offer_of(*pair))
    wish = wanted or common_platform(first, second, default)
    views = await side_by_side(pairs, lambda pair: pair[0].view(pair[1], wish, default))
    told = await _differences(sides, views[0], views[1], reader_of)
    warnings = (*_about_platforms(first, second, wanted, wish, default), *told.pop("warnings"))
    return ImageComparison(
        a=told_of(views[0]),
        b=told_of(views[1]),
        same=tops[0].digest == tops[1].digest,
        annotations=differences(annotations_of(views[0]), annotations_of(views[1])),
        **platform_differences(first, second),
        **told,
        warnings=warnings,
    )


async def _differences(
    sides: tuple[Side, Side],
    a: OpenedImage | OpenedArtifact,
    b: OpenedImage | OpenedArtifact,
    reader_of: Callable[[OpenedImage], LayerReader] | None,
) -> dict[str, Any]:
    if isinstance(a, OpenedArtifact):
        if isinstance(b, OpenedArtifact):
            return artifact_differences(a, b)
        raise not_alike(sides[0], a)
    if isinstance(b, OpenedArtifact):
        raise not_alike(sides[1], b)
    configs = await stored_config(sides[0], a), await stored_config(sides[1], b)
    inside = await look_inside(sides, a, b, reader_of) if reader_of else None
    return image_differences(a, b, configs, inside)


def _about_platforms(
    a: Offer, b: Offer, wanted: Platform | None, wish: Platform | None, default: Platform
) -> tuple[str, ...]:
    warnings = []
    if not (a.is_whole and b.is_whole):
        warnings.append("the indexes hold more than is looked at for one question, so platforms may be missing")
    if wanted is None and a.digests and b.digests:
        if wish is None:
            warnings.append("the images have no platform in common")
        elif wish != default:
            warnings.append(f"{default} is not among the platforms of both; this compares {wish}")
    return tuple(warnings)
