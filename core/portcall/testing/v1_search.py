"""Docker's first search, as a fake registry may have it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portcall.testing.wire import Reply, Request, json_reply

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class V1Search:
    """Answers ``GET /v1/search?q=&n=&page=``, as Artifactory, Nexus and Quay still do.

    ::

        registry = FakeRegistry(search=V1Search({"shop/api": "Takes orders"}, stars={"shop/api": 7}))
        registry.push("shop/api", image([layer({"app": "…"})]), tags=["latest"])

        GET /v1/search?q=orders  # finds shop/api

    What the registry holds is found by its name, or by its description. Quirks show here, too: the kind of
    these requests is ``"search"``.

    Args:
        descriptions: By repository.
        stars: By repository; 0 for the others.
        official: Repositories that the registry vouches for.
        last_page: Told once more to whoever asks for a later one, as Quay's fifth is.

    Source: Docker Registry API v1, "Search"; quay/quay endpoints/v1/index.py.
    """

    descriptions: Mapping[str, str] = field(default_factory=dict)
    stars: Mapping[str, int] = field(default_factory=dict)
    official: frozenset[str] = frozenset()
    last_page: int | None = None

    def answer(self, request: Request, repositories: Iterable[str]) -> Reply:
        """Return one page of what matches among ``repositories``."""
        query = request.parameter("q") or ""
        found = [self._row(name) for name in self._matching(query.lower(), repositories)]
        size = min(_number(request.parameter("n"), 25), 100)
        page = _number(request.parameter("page"), 1)
        page = min(page, self.last_page or page)
        told: dict[str, Any] = {
            "query": query,
            "page": page,
            "page_size": size,
            "num_pages": -(-len(found) // size),
            "num_results": len(found),
            "results": found[(page - 1) * size : page * size],
        }
        return json_reply(told)

    def _matching(self, query: str, repositories: Iterable[str]) -> Iterator[str]:
        for name in sorted(repositories):
            if query in name or query in self.descriptions.get(name, "").lower():
                yield name

    def _row(self, name: str) -> dict[str, Any]:
        return {
            "name": name,
            "description": self.descriptions.get(name, ""),
            "star_count": self.stars.get(name, 0),
            "is_official": name in self.official,
            "is_automated": False,
        }


def _number(text: str | None, default: int) -> int:
    return max(int(text), 1) if text and text.isdecimal() else default
