"""What a Quay finds.

Source: q: endpoints/api/search.py, data/model/repository.py (names and descriptions are looked at, the
namespace is not; the more popular come first, and names before descriptions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.doubles.quay.avatars import avatar

from portcall.testing.wire import json_reply

if TYPE_CHECKING:
    from tests.doubles.quay.accounts import Caller
    from tests.doubles.quay.call import Call
    from tests.doubles.quay.catalogue import Namespace, QuayRepository
    from tests.doubles.quay.site import Site

    from portcall.testing import Reply

_ENTITY, _TEAM, _REPOSITORY = 1, 2, 4
_FEW = 5  # of each kind, in `find/all`


def matching(site: Site, caller: Caller, query: str) -> list[QuayRepository]:
    """Return the repositories that a query finds, the best first; all that are visible for an empty one."""
    wanted = query.lower()
    found = []
    for repository in site.readable(caller):
        by_name = wanted in repository.name.lower()
        if by_name or wanted in (repository.description or "").lower():
            found.append((repository.popularity * (100 if by_name and wanted else 1), repository))
    return [repository for _, repository in sorted(found, key=lambda pair: -pair[0])]


def find_repositories(site: Site, call: Call) -> Reply:
    """Answer ten at a time; page eleven is page ten again, and says so in ``page`` alone."""
    size = site.options.search_page
    page = min(max(1, call.number("page", 1)), site.options.search_pages)
    start = (page - 1) * size
    rest = matching(site, call.caller, call.text("query"))[start:]
    usage = call.truth("includeUsage")
    answer = {
        "results": [found(site, repository, usage=usage) for repository in rest[:size]],
        "has_additional": len(rest) > size,
        "page": page,
        "page_size": size,
        "start_index": start,
    }
    return json_reply(answer)


def found(site: Site, repository: QuayRepository, *, usage: bool = False) -> dict[str, Any]:
    """Return a repository as searches tell it, with its usage where that was asked for."""
    line: dict[str, Any] = {
        "kind": "repository",
        "title": "repo",
        "namespace": entity(site.catalogue.namespaces[repository.namespace]),
        "name": repository.name,
        "description": repository.description,
        "is_public": repository.public,
        "score": _REPOSITORY,
        "href": f"/repository/{repository.path}",
    }
    if usage:
        modified = repository.last_modified(site.clock())
        line |= {} if modified is None else {"last_modified": modified}
        line |= {"stars": repository.stars, "popularity": float(repository.popularity)}
    return line


def entity(namespace: Namespace) -> dict[str, Any]:
    """Return a user or an organisation as searches tell it."""
    organized = namespace.kind == "organization"
    return {
        "title": "org" if organized else "user",
        "kind": namespace.kind,
        "avatar": avatar(namespace.name, namespace.email, "org" if organized else "user"),
        "name": namespace.name,
        "score": _ENTITY,
        "href": f"/{namespace.kind}/{namespace.name}",
    }


def find_all(site: Site, call: Call) -> Reply:
    """Answer a few of each kind, best first: teams and robots only for those who are logged in."""
    query = call.text("query")
    results = [*_mine(site, call.caller, query), *_anybodys(site, call.caller, query)] if query else []
    for result in results:
        result["score"] *= closeness(result.get("short_name", result["name"]), query)
    return json_reply({"results": sorted(results, key=lambda result: -result["score"])})


def _anybodys(site: Site, caller: Caller, query: str) -> list[dict[str, Any]]:
    repositories = [found(site, one) for one in matching(site, caller, query)[:_FEW]]
    owners = dict.fromkeys(one.namespace for one in site.readable(caller))
    named = [site.catalogue.namespaces[name] for name in owners if name.lower().startswith(query.lower())]
    return repositories + [entity(namespace) for namespace in named[:_FEW]]


def _mine(site: Site, caller: Caller, query: str) -> list[dict[str, Any]]:
    mine = [one for one in site.catalogue.namespaces.values() if site.is_member(caller, one.name)]
    teams = [
        {
            "kind": "team",
            "name": team,
            "organization": entity(namespace),
            "avatar": avatar(team, kind="team"),
            "score": _TEAM,
            "href": f"/organization/{namespace.name}/teams/{team}",
        }
        for namespace in mine
        for team in namespace.teams
        if team.startswith(query)
    ]
    robots = [name for name in site.accounts.robots if site.is_member(caller, name.partition("+")[0])]
    return teams[:_FEW] + [_robot(name) for name in robots if query in name][:_FEW]


def _robot(name: str) -> dict[str, Any]:
    owner, _, short = name.partition("+")
    return {
        "title": "robot",
        "kind": "robot",
        "avatar": None,
        "name": name,
        "score": _ENTITY,
        "href": f"/organization/{owner}?tab=robots&showRobot={name}",
        "short_name": short,
    }


def closeness(name: str, query: str) -> float:
    """Return how well a name fits, from 0.5 to 1; the real one is liquidmetal's score."""
    if name == query:
        return 1.0
    return 0.9 if name.startswith(query) else 0.8 if query in name else 0.5


def find_in_docker_form(site: Site, call: Call) -> Reply:
    """Answer ``/v1/search`` as Docker's first API had it: up to a hundred, up to page five.

    Source: q: endpoints/v1/index.py.
    """
    size = min(100, max(1, _lenient(call.text("n"), 25)))
    page = min(max(1, _lenient(call.text("page"), 1)), 5)
    query = call.text("q")
    rest = matching(site, call.caller, query)[(page - 1) * size :] if query else []
    lines = [
        {
            "name": one.path,
            "description": one.description,
            "is_public": one.public,
            "href": f"/repository/{one.path}",
        }
        for one in rest[:size]
    ]
    answer = {
        "query": query,
        "num_results": len(lines),
        "num_pages": page + 1 if len(rest) > size else page,
        "page": page,
        "page_size": size,
        "results": lines,
    }
    return json_reply(answer)


def _lenient(text: str, default: int) -> int:
    return int(text) if text.lstrip("-").isdecimal() else default
