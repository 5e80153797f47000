"""Lists a page at a time, with GitHub's ``Link`` header.

Source: gh-spec (``page`` from 1, ``per_page`` 30 by default, at most 100).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.doubles.ghcr.call import Call

_DEFAULT, _MOST = 30, 100


def per_page(call: Call) -> int:
    """Return how many rows a page has; what asks for more than a hundred gets a hundred."""
    return min(call.number("per_page", _DEFAULT), _MOST)


def page_of(call: Call, rows: Sequence[Any], *, path: str | None = None) -> tuple[list[Any], dict[str, str]]:
    """Return the rows that were asked for, and the header that leads to the others.

    Args:
        call: What was asked.
        rows: All of them.
        path: Where the other pages are, if that is not the path that was asked.
    """
    size, page = per_page(call), call.number("page", 1)
    last = max(-(-len(rows) // size), 1)
    targets: dict[str, int] = {}
    if page > 1:
        targets["prev"] = page - 1
    if page < last:
        targets |= {"next": page + 1, "last": last}
    if page > 1:
        targets["first"] = 1
    links = ", ".join(f'<{_address(call, number, path)}>; rel="{rel}"' for rel, number in targets.items())
    return list(rows[(page - 1) * size : page * size]), {"Link": links} if links else {}


def _address(call: Call, page: int, path: str | None) -> str:
    kept = {name: values[0] for name, values in call.request.parameters.items() if name != "page"}
    return f"{call.base}{path or call.request.path}?{urlencode({**kept, 'page': page})}"
