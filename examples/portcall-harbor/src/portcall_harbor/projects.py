"""Projects: what a Harbor is divided into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portcall.models import Answer, Model
from portcall.plugin import count, mapping, read_rows, text, to_rfc3339

from portcall_harbor.names import is_project
from portcall_harbor.paging import Place
from portcall_harbor.rows import is_public

if TYPE_CHECKING:
    from portcall_harbor.api import HarborApi
    from portcall_harbor.rows import Rows


class HarborProject(Model):
    """One project; what Harbor does not tell is ``None``."""

    name: str
    public: bool | None = None
    """Whether anybody may pull from it."""
    repositories: int | None = None
    """How many it has."""
    created: str | None = None
    """RFC 3339."""
    web_url: str | None = None


class HarborProjects(Answer):
    """The projects that were found, by name."""

    registry: str
    query: str = ""
    projects: tuple[HarborProject, ...] = ()
    total: int | None = None
    """How many there are in all, where Harbor tells."""


async def list_projects(api: HarborApi, rows: Rows, query: str, limit: int) -> HarborProjects:
    """Return up to ``limit`` of the projects whose names hold ``query``; all that are seen without one.

    Anonymous callers see public ones, users those of their own, too, and robots those that they are for.

    Source: goharbor/harbor src/server/v2.0/handler/project.go (``ListProjects``).
    """
    found: list[Any] = []
    cursor, total = None, None
    while True:
        place = Place.at(cursor, limit)
        parameters = {"sort": "name", **place.parameters, **({"name": query} if query else {})}
        listed = await api.get_rows(("projects",), parameters, what="projects")
        found, cursor, total = [*found, *listed.rows], listed.next_after(place), listed.total
        if cursor is None or len(found) >= limit:
            break
    projects, warnings = read_rows(found[:limit], lambda row: _project(rows, row))
    return HarborProjects(
        registry=api.registry,
        query=query,
        projects=projects,
        total=total,
        warnings=(*await api.doubts(), *warnings),
    )


def _project(rows: Rows, row: object) -> HarborProject | None:
    told = mapping(row)
    name = text(told.get("name"))
    if name is None or not is_project(name):
        return None
    return HarborProject(
        name=name,
        public=is_public(told),
        repositories=count(told.get("repo_count")),
        created=to_rfc3339(told.get("creation_time")),
        web_url=rows.project_page(told.get("project_id")),
    )
