"""Repositories: lists of them, and one with its tags and its traffic.

Source: q: endpoints/api/repository.py, repository_models_interface.py.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.doubles.quay.pages import start_of, token_for
from tests.doubles.quay.refusals import message, problem
from tests.doubles.quay.tags import dated, history, size_of

from portcall.testing.wire import json_reply

if TYPE_CHECKING:
    from tests.doubles.quay.call import Call
    from tests.doubles.quay.catalogue import QuayRepository
    from tests.doubles.quay.site import Site

    from portcall.testing import Reply

_PAGE = 100
_MOST_TAGS = 500
_DAYS = 92
_EXPIRATION = 1209600  # two weeks: how long the time machine keeps dead tags


def list_repositories(site: Site, call: Call) -> Reply:
    """Answer a hundred at a time; strangers see what is public only if they ask for ``public=true``."""
    namespace, public, starred = call.text("namespace"), call.truth("public"), call.truth("starred")
    if not (namespace or public or starred):
        text = "namespace, starred or public are required for this API call"
        return problem(call.request, 400, "invalid_request", text)
    if starred and call.caller.is_anonymous:
        return message(400, "The browser (or proxy) sent a request that this server could not understand.")
    visible = [] if starred else [
        repository
        for repository in site.readable(call.caller)
        if namespace in {"", repository.namespace} and (public or _is_mine(site, call, repository))
    ]  # fmt: skip
    start = start_of(call.request.parameter("next_page"))
    answer: dict[str, Any] = {
        "repositories": [_line(site, call, repository) for repository in visible[start : start + _PAGE]]
    }
    if len(visible) > start + _PAGE:
        answer["next_page"] = token_for(start + _PAGE)
    return json_reply(answer)


def _is_mine(site: Site, call: Call, repository: QuayRepository) -> bool:
    return not repository.public or site.is_member(call.caller, repository.namespace)


def _line(site: Site, call: Call, repository: QuayRepository) -> dict[str, Any]:
    line: dict[str, Any] = {
        "namespace": repository.namespace,
        "name": repository.name,
        "description": repository.description,
        "is_public": repository.public,
        "kind": "image",
        "state": repository.state,
    }
    if call.truth("last_modified"):
        line["last_modified"] = repository.last_modified(site.clock())
    if call.truth("popularity"):
        line["popularity"] = float(repository.popularity)
    if not call.caller.is_anonymous:
        line["is_starred"] = False
    return line


def get_repository(site: Site, call: Call) -> Reply:
    """Answer one repository; with its tags unless that is declined, with its statistics if asked for."""
    repository = site.catalogue.repositories[call.repository]
    owner = site.catalogue.namespaces[repository.namespace]
    admin = call.caller.kind == "user" and call.caller.name in {owner.name, *owner.admins}
    full = call.caller.scopes is None or "repo:admin" in call.caller.scopes
    answer: dict[str, Any] = {
        "namespace": repository.namespace,
        "name": repository.name,
        "kind": "image",
        "description": repository.description,
        "is_public": repository.public,
        "is_organization": owner.kind == "organization",
        "is_starred": False,
        "status_token": "" if repository.public else "00000000-0000-4000-8000-000000000000",
        "trust_enabled": False,
        "tag_expiration_s": _EXPIRATION,
        "is_free_account": True,
        "state": repository.state,
    }
    if call.truth("includeTags", default=True):
        answer["tags"] = _tags(site, repository)
    answer |= {"can_write": admin and full and repository.state == "NORMAL", "can_admin": admin and full}
    if call.truth("includeStats"):
        answer["stats"] = _stats(site, repository)
    return json_reply(answer)


def _tags(site: Site, repository: QuayRepository) -> dict[str, dict[str, Any]]:
    rows = history(repository.alive(site.clock()))[:_MOST_TAGS]
    return {
        row.name: {
            "name": row.name,
            "size": size_of(site, repository.path, row.digest),
            "last_modified": dated(row.start),
            **({} if row.end is None else {"expiration": dated(row.end)}),
            "manifest_digest": row.digest,
        }
        for row in rows
    }


def _stats(site: Site, repository: QuayRepository) -> list[dict[str, Any]]:
    """Days with traffic in order, then all others, backwards, with zero."""
    today = datetime.fromtimestamp(site.clock(), UTC).date()
    busy = [today - timedelta(days=back) for back in range(7, 0, -1)] if repository.popularity else []
    idle = [today - timedelta(days=back) for back in range(1, _DAYS)]
    counted = [{"date": day.isoformat(), "count": repository.popularity // 7} for day in busy]
    return counted + [{"date": day.isoformat(), "count": 0} for day in idle if day not in busy]
