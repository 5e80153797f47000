"""A project's repositories, and one in full."""

from __future__ import annotations

import pytest
from portcall.errors import (
    HiddenError,
    InvalidArgumentError,
    NotFoundError,
    RateLimitedError,
    UnavailableError,
    UpstreamError,
)
from portcall.testing import quirks

from harbor_double import EVERYTHING, PULL, About, Account, HarborDouble, Project
from wiring import BOTH, HOST, gateway

pytestmark = pytest.mark.anyio

SECRET = Project("secret", public=False)


def harbor_with(*repositories: str, robot: Account | None = None) -> HarborDouble:
    """Return a Harbor with two projects, one of them private."""
    harbor = HarborDouble([Project("team"), SECRET], accounts=[robot] if robot else [])
    for repository in repositories:
        harbor.push(repository, BOTH, tags=["1.0"])
    return harbor


async def test_a_project_is_listed_by_name_and_says_whether_it_is_private():
    robot = Account("robot$secret+ci", "s3cret", {"secret": EVERYTHING})
    harbor = harbor_with("team/web", "team/api", "secret/plans", robot=robot)
    async with gateway(harbor, robot) as pc:
        public = await pc.list_repositories("team", HOST)
        private = await pc.list_repositories("secret", HOST)
    assert [(image.name, image.is_private) for image in public.repositories] == [
        (f"{HOST}/team/api", False),
        (f"{HOST}/team/web", False),
    ]
    assert [(image.name, image.is_private) for image in private.repositories] == [(f"{HOST}/secret/plans", True)]
    assert (public.total, public.warnings, private.warnings) == (2, (), ())


async def test_without_a_namespace_all_repositories_are_listed():
    harbor = harbor_with("team/web", "team/api", "secret/plans")
    async with gateway(harbor) as pc:
        listed = await pc.list_repositories("", HOST)
    assert [image.name for image in listed.repositories] == [f"{HOST}/team/api", f"{HOST}/team/web"]
    assert listed.total == 2


async def test_an_empty_project_has_no_repositories_and_one_that_is_not_there_is_not_found():
    async with gateway(harbor_with()) as pc:
        assert (await pc.list_repositories("team", HOST)).repositories == ()
        for project in ("secret", "never-was"):
            with pytest.raises(HiddenError, match=f"has no project {project}, or no access"):
                await pc.list_repositories(project, HOST)


@pytest.mark.parametrize("namespace", ["team/shop", "..", "a?b", "Team", "a" * 256, "team%2Fshop", "é"])
async def test_what_is_no_projects_name_is_refused_before_anything_is_asked(namespace: str):
    harbor = harbor_with()
    async with gateway(harbor) as pc:
        with pytest.raises(InvalidArgumentError, match="is no project's name"):
            await pc.list_repositories(namespace, HOST)
    assert harbor.requests == []


async def test_one_repository_is_told_in_full_and_its_description_is_its_readme():
    harbor = harbor_with("team/shop/api")
    harbor.site.about["team/shop/api"] = About("## API\n\nTakes orders.", 42)
    async with gateway(harbor) as pc:
        brief = await pc.get_repository(f"{HOST}/team/shop/api")
        full = await pc.get_repository(f"{HOST}/team/shop/api", readme=True)
    assert (brief.description, brief.pulls, brief.is_private, brief.readme) == ("API", 42, False, None)
    assert full.readme == "## API\n\nTakes orders."
    assert brief.web_url == f"https://{HOST}/harbor/projects/1/repositories/shop%2Fapi"


async def test_a_nested_name_is_encoded_twice():
    harbor = harbor_with("team/shop/api/v2")
    async with gateway(harbor) as pc:
        await pc.get_repository(f"{HOST}/team/shop/api/v2")
    assert "/projects/team/repositories/shop%252Fapi%252Fv2" in harbor.api_requests


async def test_what_is_not_there_is_not_found_by_either_way():
    async with gateway(harbor_with()) as pc:
        with pytest.raises(NotFoundError):
            await pc.get_repository(f"{HOST}/team/never-was")
        with pytest.raises(HiddenError):
            await pc.get_repository(f"{HOST}/secret/plans")


async def test_a_robot_that_may_only_pull_hears_that_it_exists_and_why_no_more():
    robot = Account("robot$secret+pull", "s3cret", {"secret": PULL})
    harbor = harbor_with("secret/plans", robot=robot)
    async with gateway(harbor, robot) as pc:
        told = await pc.get_repository(f"{HOST}/secret/plans")
    assert (told.name, told.pulls) == (f"{HOST}/secret/plans", None)
    assert any("no more than its existence is known" in warning for warning in told.warnings)


async def test_a_project_whose_name_is_a_number_is_not_taken_for_another():
    harbor = HarborDouble([Project("7")])
    harbor.push("7/app", BOTH, tags=["1.0"])
    async with gateway(harbor) as pc:
        told = await pc.get_repository(f"{HOST}/7/app")
        listed = await pc.list_repositories("7", HOST)
    assert told.is_private is None
    assert [image.name for image in listed.repositories] == [f"{HOST}/7/app"]
    assert "/projects/7" not in harbor.api_requests


async def test_an_answer_about_something_else_is_not_believed():
    odd = quirks.Answer(200, body=b'{"name": "team/other"}', path="/repositories/api$")
    harbor = harbor_with("team/api")
    harbor.add(odd)
    async with gateway(harbor) as pc:
        told = await pc.get_repository(f"{HOST}/team/api")
    assert told.name == f"{HOST}/team/api"
    assert any("is about something else" in warning for warning in told.warnings)


@pytest.mark.parametrize(
    "fault",
    [quirks.Answer(503, retry_after=900), quirks.HtmlPage(), quirks.HtmlPage(status=403)],
    ids=["down", "login page", "wall"],
)
async def test_an_outage_is_no_empty_list(fault: quirks.Quirk):
    harbor = harbor_with("team/api")
    harbor.add(fault)
    async with gateway(harbor) as pc:
        for namespace in ("team", ""):
            with pytest.raises(UnavailableError):
                await pc.list_repositories(namespace, HOST)


@pytest.mark.parametrize(
    "body", [b"404 page not found", b'{"errors": []}', b'{"errors": [{"code": "UNSUPPORTED"}]}']
)
async def test_a_registry_without_harbors_api_is_no_harbor_without_the_project(body: bytes):
    harbor = harbor_with("team/api")
    harbor.add(quirks.Answer(404, body=body, path="^GET /api/"))
    async with gateway(harbor) as pc:
        with pytest.raises(UpstreamError, match="has no API as Harbor has it"):
            await pc.list_repositories("team", HOST)


async def test_a_limit_is_a_limit_even_where_a_proxy_says_so_by_a_page():
    harbor = harbor_with("team/api")
    harbor.add(quirks.HtmlPage(status=429))
    async with gateway(harbor) as pc:
        with pytest.raises(RateLimitedError):
            await pc.list_repositories("team", HOST)
