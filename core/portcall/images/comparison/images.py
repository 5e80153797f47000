"""Two images of one platform, compared by manifest and configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portcall.images.comparison.layer_sets import (
    commands_of,
    history_differences,
    layer_differences,
    repacked,
)
from portcall.images.comparison.looking_inside import layers_of
from portcall.images.comparison.values import config_values, differences, environment, runs_the_same

if TYPE_CHECKING:
    from portcall.images.comparison.looking_inside import LookedInside
    from portcall.images.comparison.side import Side
    from portcall.images.opened import OpenedImage


async def stored_config(side: Side, image: OpenedImage) -> bytes:
    """Return an image's configuration as it is stored; it was fetched before, so it is at hand."""
    descriptor = image.manifest.config
    if descriptor is None:  # pragma: no cover - an image has one
        return b"{}"
    with side.named():
        return await image.backend.get_blob(image.repository, descriptor)


def image_differences(
    a: OpenedImage, b: OpenedImage, configs: tuple[bytes, bytes], inside: LookedInside | None
) -> dict[str, Any]:
    """Return in what two images differ.

    Args:
        a: The first.
        b: The second.
        configs: Their configurations as stored.
        inside: What a look at their files has shown, where there was one.
    """
    layers = layer_differences(
        [layer.descriptor for layer in a.layers],
        [layer.descriptor for layer in b.layers],
        commands_of(a),
        commands_of(b),
    )
    return {
        **layers,
        **history_differences(a, b),
        "config": differences(config_values(a.config, configs[0]), config_values(b.config, configs[1])),
        "env": differences(environment(a.config), environment(b.config)),
        "labels": differences(a.config.labels, b.config.labels),
        **(inside.told if inside else {}),
        "same_content": _is_same_content(a, b, configs, inside),
        "warnings": _warnings(a, b, inside),
    }


def _is_same_content(
    a: OpenedImage, b: OpenedImage, configs: tuple[bytes, bytes], inside: LookedInside | None
) -> bool | None:
    """Return whether files and configuration are the same; ``None`` where other layers may hold the same files."""
    if not runs_the_same(*configs):
        return False
    if inside and inside.differences:
        return inside.differences.is_same
    diff_ids = [tuple(layer.diff_id for layer in image.layers) for image in (a, b)]
    is_told = all(diff_id is not None for side in diff_ids for diff_id in side)
    return True if layers_of(a) == layers_of(b) or (is_told and diff_ids[0] == diff_ids[1]) else None


def _warnings(a: OpenedImage, b: OpenedImage, inside: LookedInside | None) -> tuple[str, ...]:
    warnings = list(inside.warnings if inside else ())
    if count := repacked(a, b):
        which = "one layer has" if count == 1 else f"{count} layers have"
        warnings.append(f"{which} the same contents on both sides, compressed differently")
    if a.platform != b.platform:
        warnings.append(f"images for different platforms are compared: {a.platform} and {b.platform}")
    return tuple(warnings)
