"""Numbers for people: sizes, counts, times."""

from __future__ import annotations

import re

from portcall.render.untrusted import code

_UNITS = ("B", "kB", "MB", "GB", "TB")
_TIME = re.compile(r"[0-9TZ:.+-]{10,40}\Z", re.ASCII)


def size(count: int | None) -> str:
    """Return bytes in decimal units, as registries and ``docker`` show them: ``"72.2 MB"``."""
    if count is None:
        return "?"
    value, unit = float(count), 0
    while value >= 999.95 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit else f"{count} B"


def percent(part: int, whole: int) -> str:
    """Return ``", 12.3 %"``; nothing where there is no whole."""
    return f", {100 * part / whole:.1f} %" if whole else ""


def short_digest(digest: str) -> str:
    """Return the first twelve digits of a digest, as ``docker`` shows them."""
    algorithm, _, value = digest.partition(":")
    return f"{algorithm}:{value[:12]}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return ``"1 layer"``, ``"7 layers"``; ``plural`` for what does not just end in an s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {plural or f'{noun}s'}"


def to_the_second(moment: str) -> str:
    """Return an RFC 3339 time without the fractions that builders write down to the nanosecond."""
    if not _TIME.match(moment):
        return code(moment, 40)
    whole, dot, fraction = moment.partition(".")
    return f"{whole}{fraction.lstrip('0123456789')}" if dot else moment


def day(moment: str) -> str:
    """Return the date of an RFC 3339 time: in a row among others, the hour is nothing to choose by."""
    return moment[:10] if _TIME.match(moment) else code(moment, 40)
