"""Projects, repositories and users, as Harbor lists them.

Source: goharbor/harbor src/server/v2.0/handler/{project,repository,user}.go.
"""

from __future__ import annotations

from typing import Any

from portcall.testing import Reply

from harbor_double.call import Call
from harbor_double.refusals import RefusedError, answer
from harbor_double.site import About


def list_projects(call: Call) -> Reply:
    """Return a page of the projects that the caller sees; ``name`` is a part of theirs."""
    part = call.request.parameter("name") or ""
    seen = sorted(name for name in call.site.projects if part in name and call.site.sees(call.caller, name))
    return call.page(seen, lambda name: _project(call, name))


def get_project(call: Call) -> Reply:
    """Return one project, by its name; a number is taken for its ID."""
    if call.project.isdigit():
        raise RefusedError(404, "NOT_FOUND", f"project {call.project} not found")
    call.require("read project")
    return answer(_project(call, call.project))


def list_all_repositories(call: Call) -> Reply:
    """Return a page of the repositories in all projects that the caller sees."""
    return _repositories(call, [name for name in call.site.projects if call.site.sees(call.caller, name)])


def list_repositories(call: Call) -> Reply:
    """Return a page of one project's repositories."""
    call.require("list repository")
    return _repositories(call, [call.project])


def get_repository(call: Call) -> Reply:
    """Return one repository."""
    call.require("list repository")
    if call.repository not in call.held.store.repositories:
        raise RefusedError(404, "NOT_FOUND", f"repository {call.repository} not found")
    return answer(_repository(call, call.repository))


def search_users(call: Call) -> Reply:
    """Return a page of the users whose names hold ``username``."""
    _require_login(call)
    part = call.request.parameter("username") or ""
    users = [account.name for account in call.site.accounts.values() if not account.is_robot]
    found = [name for name in users if part in name]
    return call.page(found, lambda name: {"user_id": users.index(name) + 1, "username": name})


def get_current_user(call: Call) -> Reply:
    """Return who asks; robots are no users."""
    _require_login(call)
    if call.caller is not None and call.caller.is_robot:
        raise RefusedError(412, "PRECONDITION", "get current user not available for security context: robot")
    return answer({"user_id": 1, "username": call.caller.name if call.caller else ""})


def _require_login(call: Call) -> None:
    if call.caller is None:
        raise RefusedError(401, "UNAUTHORIZED", "unauthorized")


def _repositories(call: Call, projects: list[str]) -> Reply:
    part = call.keywords().get("name", "~").removeprefix("~")
    held = call.held.store.repositories
    found = sorted(name for name in held if name.partition("/")[0] in projects and part in name)
    if (call.request.parameter("sort") or "").startswith("-pull_count"):
        found.sort(key=lambda name: -call.site.about.get(name, About()).pulls)
    return call.page(found, lambda name: _repository(call, name))


def _repository(call: Call, name: str) -> dict[str, Any]:
    about, place = call.site.about.get(name, About()), list(call.held.store.repositories).index(name)
    told: dict[str, Any] = {
        "id": place + 1,
        "project_id": call.site.number(name.partition("/")[0]),
        "name": name,
        "artifact_count": len(call.held.store.repositories[name].manifests),
        "pull_count": about.pulls,
        "creation_time": "2024-01-02T08:00:00.000Z",
        "update_time": about.updated,
    }
    return {**told, "description": about.description} if about.description else told


def _project(call: Call, name: str) -> dict[str, Any]:
    project = call.site.projects[name]
    return {
        "project_id": call.site.number(name),
        "name": name,
        "owner_id": 1,
        "owner_name": "admin",
        "creation_time": project.created,
        "update_time": project.created,
        "repo_count": sum(held.startswith(f"{name}/") for held in call.held.store.repositories),
        "metadata": {"public": str(project.public).lower()},
    }
