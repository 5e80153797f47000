"""Which layers could not be read, and why: shortly, however many they are."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from portcall.errors import PortcallError
    from portcall.images.opened import OpenedImage

_MOST_REASONS = 3
#: Of layers with the same reason.
_MOST_RANGES = 6


def unreadable_layers(image: OpenedImage, reasons: Mapping[int, PortcallError]) -> str:
    """Return which layers could not be read, and why, as a clause: ``layers 2–9 of 12 (they are …)``."""
    numbers: dict[str, list[int]] = {}
    for number, reason in sorted(reasons.items()):
        numbers.setdefault(image.layers[number - 1].problem or reason.message, []).append(number)
    told = [
        f"{_ranges(each)} of {len(image.layers)} ({reason})"
        for reason, each in islice(numbers.items(), _MOST_REASONS)
    ]
    left_out = sum(map(len, islice(numbers.values(), _MOST_REASONS, None)))
    if left_out:
        told.append(f"and {left_out} more for other reasons")
    return ", ".join(told)


def _ranges(numbers: Sequence[int]) -> str:
    """Return layers' numbers, sorted ones, as words."""
    if len(numbers) == 1:
        return f"layer {numbers[0]}"
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    told = [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs[:_MOST_RANGES]]
    left_out = sum(map(len, runs[_MOST_RANGES:]))
    return f"layers {', '.join(told)}{f' and {left_out} more' if left_out else ''}"
