"""The tool that a Harbor adds to portcall's own: its projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from portcall.errors import InvalidArgumentError
from portcall.plugin import PluginTool, code
from pydantic import Field

from portcall_harbor.backend import HarborBackend
from portcall_harbor.projects import HarborProject, HarborProjects  # noqa: TC001 - the tool's schema is read from them

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall import Portcall


async def list_harbor_projects(
    portcall: Portcall,
    registry: Annotated[str, Field(min_length=1, max_length=256, description="harbor.corp.example")],
    query: Annotated[str, Field(max_length=256, description="Part of their names")] = "",
    limit: Annotated[int, Field(ge=1, le=1000, description="Most rows")] = 25,
) -> HarborProjects:
    """Return the projects of a Harbor by name, those that the caller sees.

    Raises:
        InvalidArgumentError: ``registry`` is no Harbor.
        PortcallError: Whatever Harbor refuses.
    """
    backend = await portcall.backend(registry)
    if not isinstance(backend, HarborBackend):
        raise InvalidArgumentError(
            "the argument `registry` names no Harbor",
            hint="A Harbor has backend harbor in list_registries; the configuration says which are.",
        )
    return await backend.projects(query.strip(), limit=limit)


def projects_text(answer: HarborProjects) -> str:
    """Return one row for each project."""
    shown = len(answer.projects)
    total = shown if answer.total is None else answer.total
    some = f"{shown:,} of " if shown < total else ""
    rows = "\n".join(" · ".join(_facts(project)) for project in answer.projects)
    return f"# {some}{_counted(total, 'project', 'projects')} at {answer.registry}\n\n{rows}".strip()


def _facts(project: HarborProject) -> Iterator[str]:
    yield f"- {code(project.name)}"
    if project.public is not None:
        yield "public" if project.public else "private"
    if project.repositories is not None:
        yield _counted(project.repositories, "repository", "repositories")


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


TOOLS = (
    PluginTool(
        name="list_harbor_projects",
        title="Harbor projects",
        description="The projects of a Harbor; list_repositories then tells what is in one.",
        function=list_harbor_projects,
        render=projects_text,
    ),
)
