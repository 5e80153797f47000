"""Layers and build steps that only one of two images has."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from portcall.models import LayerDifference

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from portcall.images.opened import OpenedImage, OpenedLayer
    from portcall.oci.descriptor import Descriptor

Thing = TypeVar("Thing")

#: Histories with more steps than this are compared without regard to order: aligning takes the square of it.
_MOST_ALIGNED = 100


class Parted(NamedTuple):
    """What two lists have in common, and what only one of them has; repeated things count as often as they are."""

    shared: tuple[int, ...]
    """Numbers, from 0, in the first list."""
    only_a: tuple[int, ...]
    only_b: tuple[int, ...]
    """Numbers in the second list."""


def parted(a: Sequence[str | None], b: Sequence[str | None]) -> Parted:
    """Return which places of two lists hold the same; ``None`` is like nothing."""
    left = Counter(name for name in b if name is not None)
    shared, only_a = [], []
    for number, name in enumerate(a):
        if name is not None and left[name] > 0:
            left[name] -= 1
            shared.append(number)
        else:
            only_a.append(number)
    used = Counter(name for number in shared if (name := a[number]) is not None)
    only_b = []
    for number, name in enumerate(b):
        if name is not None and used[name] > 0:
            used[name] -= 1
        else:
            only_b.append(number)
    return Parted(tuple(shared), tuple(only_a), tuple(only_b))


def layer_differences(
    a: Sequence[Descriptor],
    b: Sequence[Descriptor],
    commands_a: Sequence[str | None] = (),
    commands_b: Sequence[str | None] = (),
) -> dict[str, object]:
    """Return the layers in common and those of one side alone, the lowest first, by digest."""
    found = parted([layer.digest for layer in a], [layer.digest for layer in b])
    return {
        "layers_shared": len(found.shared),
        "shared_size": sum(a[number].size for number in found.shared),
        "layers_added": _told(b, commands_b, found.only_b),
        "layers_removed": _told(a, commands_a, found.only_a),
        "size_change": sum(layer.size for layer in b) - sum(layer.size for layer in a),
    }


def repacked(a: OpenedImage, b: OpenedImage) -> int:
    """Return how many layers of two images have the same contents, compressed differently."""
    found = parted([layer.digest for layer in a.layers], [layer.digest for layer in b.layers])
    contents = parted(_diff_ids(a.layers, found.only_a), _diff_ids(b.layers, found.only_b))
    return len(contents.shared)


def commands_of(image: OpenedImage) -> tuple[str | None, ...]:
    """Return the build step of each layer, where history tells."""
    return tuple(layer.step.command if layer.step else None for layer in image.layers)


def history_differences(a: OpenedImage, b: OpenedImage) -> dict[str, object]:
    """Return the build steps that only one side has, in order."""
    removed, added = _steps_apart(_steps(a), _steps(b))
    return {"history_removed": removed, "history_added": added}


def _steps(image: OpenedImage) -> list[str]:
    return [step.command for step in image.config.history if step.command]


def _steps_apart(a: list[str], b: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if max(len(a), len(b)) > _MOST_ALIGNED:
        found = parted(a, b)
        return tuple(a[number] for number in found.only_a), tuple(b[number] for number in found.only_b)
    removed: list[str] = []
    added: list[str] = []
    for kind, start_a, end_a, start_b, end_b in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind != "equal":
            removed += a[start_a:end_a]
            added += b[start_b:end_b]
    return tuple(removed), tuple(added)


def _diff_ids(layers: Sequence[OpenedLayer], numbers: Iterable[int]) -> list[str | None]:
    return [layers[number].diff_id for number in numbers]


def _told(
    layers: Sequence[Descriptor], commands: Sequence[str | None], numbers: Iterable[int]
) -> tuple[LayerDifference, ...]:
    return tuple(
        LayerDifference(
            digest=layers[number].digest,
            size=layers[number].size,
            command=commands[number] if commands else None,
        )
        for number in numbers
    )
