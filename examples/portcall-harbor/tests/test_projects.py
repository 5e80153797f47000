"""Projects, which no tool of portcall's own asks for: the backend's own method."""

from __future__ import annotations

import pytest
from portcall.errors import UnavailableError
from portcall.testing import quirks
from pydantic import ValidationError

from harbor_double import EVERYTHING, Account, HarborDouble, Project
from wiring import AMD64, HOST, backend

pytestmark = pytest.mark.anyio

MANY = tuple(Project(f"project-{number:03}") for number in range(230))


async def test_a_project_is_told_with_its_page():
    harbor = HarborDouble(
        [Project("library", created="2024-02-03T04:05:06.000Z"), Project("secret", public=False)]
    )
    harbor.push("library/nginx", AMD64, tags=["1.0"])
    async with backend(harbor) as asked:
        found = await asked.projects()
    (library,) = found.projects
    assert (library.name, library.public, library.repositories) == ("library", True, 1)
    assert (library.created, library.web_url) == ("2024-02-03T04:05:06.000Z", f"https://{HOST}/harbor/projects/1")
    assert (found.registry, found.total, found.warnings) == (HOST, 1, ())
    with pytest.raises(ValidationError):
        library.name = "another"  # type: ignore[misc]


async def test_a_robot_sees_its_own_too():
    robot = Account("robot$secret+ci", "s3cret", {"secret": EVERYTHING})
    harbor = HarborDouble([Project("library"), Project("secret", public=False)], accounts=[robot])
    async with backend(harbor, robot) as asked:
        found = await asked.projects()
    assert [(project.name, project.public) for project in found.projects] == [("library", True), ("secret", False)]


async def test_a_part_of_the_name_narrows_them():
    async with backend(HarborDouble(MANY)) as asked:
        found = await asked.projects("ct-01")
    assert [project.name for project in found.projects] == [f"project-01{digit}" for digit in range(10)]


@pytest.mark.parametrize(("limit", "told", "asked_for"), [(1000, 230, 3), (150, 150, 2), (10, 10, 1)])
async def test_as_many_pages_are_read_as_are_wanted(limit: int, told: int, asked_for: int):
    harbor = HarborDouble(MANY)
    async with backend(harbor) as asked:
        found = await asked.projects(limit=limit)
    assert (len({project.name for project in found.projects}), found.total) == (told, 230)
    assert len(harbor.api_requests) == asked_for


async def test_an_answer_is_json_as_all_of_portcalls_are():
    async with backend(HarborDouble([Project("library")])) as asked:
        told = (await asked.projects()).model_dump()
    assert set(told) == {"registry", "query", "projects", "total"}


async def test_rows_that_make_no_sense_cost_themselves_alone():
    odd = b'{"name": "odd", "metadata": {"public": "maybe"}}'
    rows = b'[{"name": "good"}, {"name": "../x"}, {"name": null}, [], %s]' % odd
    async with backend(HarborDouble(quirks=[quirks.Answer(200, body=rows, path="/projects")])) as asked:
        found = await asked.projects()
    assert [(project.name, project.public, project.web_url) for project in found.projects] == [
        ("good", None, None),
        ("odd", None, None),
    ]
    assert found.warnings == ("3 rows of the answer made no sense, and are left out",)


async def test_an_outage_is_not_none():
    async with backend(HarborDouble(quirks=[quirks.HtmlPage()])) as asked:
        with pytest.raises(UnavailableError, match="web page"):
            await asked.projects()
