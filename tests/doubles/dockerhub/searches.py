"""Docker Hub's three searches, over one catalogue; none of them is documented."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.doubles.dockerhub import errors

from portcall.testing.wire import Reply, Request, json_reply

if TYPE_CHECKING:
    from tests.doubles.dockerhub.catalogue import Catalogue, Repository
    from tests.doubles.dockerhub.paging import Paging

#: Nothing is above "1B+", which stands for nginx's thirteen (#fs-59425165837).
_STEPS = {"B": (1,), "M": (1, 5, 10, 50, 100, 500), "K": (10, 50, 100, 500)}
_UNITS = {"B": 10**9, "M": 10**6, "K": 10**3}
_V1_DEFAULT, _V1_MOST = 25, 100


@dataclass(slots=True)
class SearchOptions:
    """What is not known of the real v4 search, and may be chosen.

    Attributes:
        v4_cap: Offset from which anonymous callers get 403; the cap is on record for v2 alone.
        v4_most: Results in one answer; clients ask for 64 to 200, the cap is unknown.
        v4_raw_counts: Whether ``raw_pull_count``, ``media_types`` and ``content_types`` are told too, as
            2026 clients read them (#fs-70144761740, #fs-13443251641).
    """

    v4_cap: int | None = 100
    v4_most: int = 100
    v4_raw_counts: bool = False


class Searches:
    """``/api/search/v4``, ``/v2/search/repositories/`` and index.docker.io's ``/v1/search``."""

    def __init__(self, catalogue: Catalogue, paging: Paging, options: SearchOptions) -> None:
        self._catalogue, self._paging, self._options = catalogue, paging, options

    def v4(self, request: Request, *, signed_in: bool) -> Reply:
        """Answer ``GET /api/search/v4``: hub-mcp search.ts, #fs-59425165837."""
        start, size = _count(request, "from", 0), min(_count(request, "size", 25), self._options.v4_most)
        cap = self._options.v4_cap
        if cap is not None and start >= cap and not signed_in:
            return errors.offset_too_large()
        found = self._sorted(request, [one for one in self._matches(request, "query") if _passes(request, one)])
        rows = [self._v4_row(one) for one in found[start : start + size]]
        return json_reply({"total": len(found), "results": [*self._paging.malformed_rows, *rows]})

    def v2(self, request: Request, *, signed_in: bool) -> Reply:
        """Answer ``GET /v2/search/repositories/``: recorded; an empty ``next`` in #fs-55101073600."""
        found = self._matches(request, "query")
        cap = None if signed_in else self._paging.lists_cap
        return self._paging.reply(request, found, _v2_row, cap=cap, no_link="")

    def v1(self, request: Request) -> Reply:
        """Answer index.docker.io's ``GET /v1/search``: ci-client, and the v1 index's documentation."""
        size, page = _count(request, "n", _V1_DEFAULT), max(_count(request, "page", 1), 1)
        size = min(max(size, 1), _V1_MOST)
        found = self._matches(request, "q")
        rows = [_v1_row(one) for one in found[(page - 1) * size : page * size]]
        document = {
            "num_pages": max(1, math.ceil(len(found) / size)),
            "num_results": len(found),
            "page_size": size,
            "page": page,
            "query": request.parameter("q") or "",
            "results": [*self._paging.malformed_rows, *rows],
        }
        return json_reply(document)

    def _matches(self, request: Request, parameter: str) -> list[Repository]:
        """Return what holds every word of a query, best first: the name itself, official, most pulled.

        Official images are found by their short names alone: ci-client SearchRegistry takes ``library/`` off.
        """
        query = (request.parameter(parameter) or "").lower().strip()
        words = query.split()
        found = [
            one
            for one in self._catalogue.searchable()
            if all(word in f"{one.short_name} {one.description}".lower() for word in words)
        ]
        return sorted(found, key=lambda one: (one.short_name != query, one.badge != "official", -one.pulls))

    def _sorted(self, request: Request, found: list[Repository]) -> list[Repository]:
        """Order as asked; without ``sort``, the best match comes first (hub-mcp)."""
        keys = {"pull_count": lambda one: one.pulls, "updated_at": lambda one: one.updated}
        key = keys.get(request.parameter("sort") or "")
        return found if key is None else sorted(found, key=key, reverse=request.parameter("order") != "asc")

    def _v4_row(self, one: Repository) -> dict[str, Any]:
        platforms = one.platforms()
        row: dict[str, Any] = {
            # #fs-59425165837 takes "library/" off the id; the name is bare (#fs-70144761740).
            "id": one.path,
            "name": one.short_name,
            "slug": one.short_name,
            "type": one.kind,
            "publisher": {"id": one.namespace, "name": _publisher(one)},
            "created_at": one.registered,
            "updated_at": one.updated,
            "short_description": one.description,
            "badge": one.badge,
            "star_count": one.stars,
            "pull_count": pulls_text(one.pulls),
            "operating_systems": [_labelled(each, each.title()) for each in _distinct(platforms, "os")],
            "architectures": [
                _labelled(each, _LABELS.get(each, each)) for each in _distinct(platforms, "architecture")
            ],
            "logo_url": {"large": one.logo, "small": None} if one.logo else None,
            "extension_reviewed": False,
            "categories": [{"slug": slug, "name": name} for name, slug in one.categories],
            "archived": one.archived,
        }
        if self._options.v4_raw_counts:
            row |= {"raw_pull_count": one.pulls, "media_types": one.media_types, "content_types": ["image"]}
        return row


_LABELS = {"amd64": "x86-64", "arm64": "ARM 64", "arm": "ARM"}


def pulls_text(pulls: int) -> str:
    """Return pulls as v4 tells them: ``"1B+"`` (#fs-59425165837), ``"500K+"`` (#fs-70144761740).

    The steps between are an [inference], as is what is told below ten thousand: the number.
    """
    for letter, steps in _STEPS.items():
        for step in reversed(steps):
            if pulls >= step * _UNITS[letter]:
                return f"{step}{letter}+"
    return str(pulls)


def _passes(request: Request, one: Repository) -> bool:
    platforms = one.platforms()
    wanted = {
        "badges": {one.badge or "none"},
        "type": {one.kind},
        "categories": {slug for _, slug in one.categories},
        "architectures": set(_distinct(platforms, "architecture")),
        "operating_systems": set(_distinct(platforms, "os")),
        "extension_reviewed": {"false"},
    }
    for name, told in wanted.items():
        asked = {each for each in (request.parameter(name) or "").split(",") if each}
        if asked and not asked & told:
            return False
    return True


def _v2_row(one: Repository) -> dict[str, Any]:
    return {
        # Without library/; the owner is empty for everybody (recorded).
        "repo_name": one.short_name,
        "short_description": one.description,
        "star_count": one.stars,
        "pull_count": one.pulls,
        "repo_owner": "",
        "is_automated": False,
        "is_official": one.badge == "official",
    }


def _v1_row(one: Repository) -> dict[str, Any]:
    return {
        "name": one.short_name,
        "description": one.description,
        "star_count": one.stars,
        "is_official": one.badge == "official",
        "is_automated": False,
    }


def _publisher(one: Repository) -> str:
    usual = "Docker Official Images" if one.namespace == "library" else one.namespace.title()
    return usual if one.publisher is None else one.publisher


def _labelled(name: str, label: str) -> dict[str, str]:
    return {"name": name, "label": label}


def _distinct(platforms: list[dict[str, Any]], key: str) -> list[str]:
    return list(dict.fromkeys(str(platform[key]) for platform in platforms))


def _count(request: Request, name: str, default: int) -> int:
    text = request.parameter(name) or ""
    return int(text) if text.isdecimal() else default
