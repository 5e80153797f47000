"""Lists of hub.docker.com: pages, their caps, and the links between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from tests.doubles.dockerhub import errors

from portcall.testing.wire import Reply, Request, json_reply

Row = TypeVar("Row")

_DEFAULT, _MOST = 10, 100


@dataclass(slots=True)
class Paging:
    """How lists are paged, for all of them.

    Attributes:
        tags_cap: Offset from which anonymous callers get 403, in tags: 1000 in August 2026
            (dotCMS/core#37025), about 500 in October (#fs-71632618339).
        lists_cap: The same in repositories and searches: 100 (#fs-68899693141, #fs-65730953339).
        links_base: Where ``next`` and ``previous`` lead, instead of to this server: a hostile answer.
        malformed_rows: What stands before the rows of each list, e.g. ``[{"name": 42}, None]``.
    """

    tags_cap: int = 1000
    lists_cap: int = 100
    links_base: str | None = None
    malformed_rows: list[object] = field(default_factory=list)

    def reply(
        self,
        request: Request,
        rows: Sequence[Row],
        render: Callable[[Row], dict[str, Any]],
        *,
        cap: int | None,
        no_link: str | None = None,
    ) -> Reply:
        """Return the page that a request asks for.

        Args:
            request: With ``page`` and ``page_size``.
            rows: All rows, in order.
            render: Makes a row.
            cap: Offset from which there is 403; ``None``: none, the caller is signed in.
            no_link: What ``next`` and ``previous`` are where there is no such page.
        """
        page, size = _number(request, "page", 1), _number(request, "page_size", _DEFAULT)
        if page is None or size is None:
            return errors.page_not_found()
        # Larger pages are cut, not refused: badges/shields#4562.
        size = min(size, _MOST)
        offset = (page - 1) * size
        if cap is not None and offset >= cap:
            return errors.offset_too_large()
        if page > 1 and offset >= len(rows):
            return errors.page_not_found()
        document = {
            "count": len(rows),
            "next": self._link(request, page + 1, size) if offset + size < len(rows) else no_link,
            "previous": self._link(request, page - 1, size) if page > 1 else no_link,
            "results": [*self.malformed_rows, *(render(row) for row in rows[offset : offset + size])],
        }
        return json_reply(document)

    def _link(self, request: Request, page: int, size: int) -> str:
        base = self.links_base or f"{request.scheme}://{request.host}"
        kept = {name: values[0] for name, values in request.parameters.items()}
        query = sorted({**kept, "page": str(page), "page_size": str(size)}.items())
        # In alphabetical order: recorded, v2-search-repositories.nginx.2026-05-03.json.
        return f"{base}{request.path}?{urlencode(query)}"


def _number(request: Request, name: str, default: int) -> int | None:
    text = request.parameter(name)
    if not text:
        return default
    # What the real one says to page=0 is not known; 404 here [inference].
    return int(text) if text.isdecimal() and int(text) > 0 else None
