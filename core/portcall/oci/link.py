"""``Link``: where the next page of a list is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Characters of the header that are read.
MAX_HEADER = 8192

_GAP = re.compile(r"[\s,]*")
#: The target, with its angle brackets or, in old Quay, without.
_TARGET = re.compile(r"<([^>]*)>|([^\s,;<>]+)")
_PARAMETER = re.compile(r'\s*;\s*([^\s,;="]*)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;"]*)))?')
_JUNK = re.compile(r"[^,]*")


def next_link(header: str, base: str) -> str | None:
    """Return the absolute URL of the link whose relation is ``next``, or ``None``.

    Understood are relative and absolute targets, several links and parameters, ``rel`` with and without
    quotes, and missing angle brackets. The target is taken verbatim: paging tokens are opaque. Never raises.

    Source: RFC 8288; OCI distribution specification, "Listing Tags".
    """
    for target, relations in _links(header[:MAX_HEADER]):
        if "next" in relations:
            try:
                return urljoin(base, target)
            except ValueError:
                return None
    return None


def _links(header: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each link's target and its relations, lower-case."""
    position = _end(_GAP, header, 0)
    while position < len(header):
        target = _TARGET.match(header, position)
        if target is None:
            position = max(_end(_JUNK, header, position), position + 1)
        else:
            relations: list[str] | None = None
            position = target.end()
            while parameter := _PARAMETER.match(header, position):
                name, quoted, plain = parameter.groups()
                position = parameter.end()
                if name.lower() == "rel" and relations is None:
                    relations = (quoted or plain or "").lower().split()
            yield (target[1] or target[2] or "").strip(), relations or []
        position = _end(_GAP, header, position)


def _end(pattern: re.Pattern[str], header: str, position: int) -> int:
    match = pattern.match(header, position)
    return match.end() if match else position
