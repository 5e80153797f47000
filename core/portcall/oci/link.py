"""``Link``: where the next page of a list is."""

from __future__ import annotations

import re
from urllib.parse import urljoin

#: Characters of the header that are read.
MAX_HEADER = 8192

_ANGLED = re.compile(r"<([^>]*)>((?:[^,\"]|\"[^\"]*\")*)")
_BARE = re.compile(r"\s*([^\s,;<>]+)((?:[^,\"]|\"[^\"]*\")*)")
_REL_NEXT = re.compile(r";\s*rel\s*=\s*(?:\"[^\"]*\bnext\b[^\"]*\"|next\b)", re.IGNORECASE)


def next_link(header: str, base: str) -> str | None:
    """Return the absolute URL of the link whose relation is ``next``, or ``None``.

    Understood are relative and absolute targets, several links and parameters, ``rel`` with and without
    quotes, and the missing angle brackets of old Quay. The target is taken verbatim: paging tokens are
    opaque. Never raises.

    Source: RFC 8288; OCI distribution specification, "Listing Tags".
    """
    header = header[:MAX_HEADER]
    for pattern in (_ANGLED, _BARE):
        for match in pattern.finditer(header):
            target, parameters = str(match[1]), str(match[2])
            if _REL_NEXT.search(parameters):
                try:
                    return urljoin(base, target.strip())
                except ValueError:
                    return None
    return None
