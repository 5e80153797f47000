"""Numbers for people: sizes and counts."""

from __future__ import annotations


def size(count: int | None) -> str:
    """Return bytes in decimal units, as registries and ``docker`` show them: ``"72.2 MB"``."""
    if count is None:
        return "?"
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.95 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("the last unit takes every value")


def short_digest(digest: str) -> str:
    """Return the first twelve digits of a digest, as ``docker`` shows them."""
    algorithm, _, value = digest.partition(":")
    return f"{algorithm}:{value[:12]}"


def counted(number: int, noun: str) -> str:
    """Return ``"1 layer"``, ``"7 layers"``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
