"""Contrast, as WCAG reckons it."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[\d.]+")


def contrast(one: str, other: str) -> float:
    """Return the contrast between two opaque colours as browsers tell them, ``rgb(21, 82, 196)``: 1 to 21.

    Source: WCAG 2.2, "contrast ratio".
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [float(each) for each in _NUMBER.findall(colour)]
    assert len(channels) == 3, f"{colour} is not opaque"
    red, green, blue = (_linear(channel / 255) for channel in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
