"""Users and organisations of GitHub, who publish at GHCR."""

from __future__ import annotations

import pytest
from tests.doubles.ghcr import OCTO_TOKEN, GitHubDouble, MalformedRow
from tests.plugins.ghcr_backend import asked, backend, gateway

from portcall.errors import InvalidArgumentError, PortcallError, UnavailableError
from portcall.testing import quirks

pytestmark = pytest.mark.anyio


def crowd(count: int) -> GitHubDouble:
    github = GitHubDouble()
    for number in range(count):
        github.catalogue.add_account(f"somebody-{number:03}", "User")
    return github


@pytest.mark.parametrize("token", [None, OCTO_TOKEN])
async def test_the_one_of_that_name_comes_first_with_all_that_is_told(token: str | None):
    github = GitHubDouble()
    github.catalogue.add_account("acme-labs", "User", name="A lab")
    async with gateway(github, token) as pc:
        answer = await pc.search_users("Acme", registry="ghcr.io")
    first, second = answer.users
    assert (first.username, first.full_name, first.is_organization) == ("acme", "Acme Inc.", True)
    assert (second.username, second.full_name, second.is_organization) == ("acme-labs", None, False)
    assert first.web_url == "https://github.com/acme"
    # GitHub counts repositories, which are no images.
    assert first.image_count is None


async def test_people_are_found_by_the_name_they_go_by():
    async with backend() as ghcr:
        page = await ghcr.search_users("Acme Inc.", limit=10)
    assert [user.username for user in page.users] == ["acme"]


async def test_nobody_found_is_an_empty_answer():
    async with backend() as ghcr:
        assert (await ghcr.search_users("nobody", limit=10)).users == ()


async def test_no_more_are_told_than_wanted():
    async with backend(crowd(30)) as ghcr:
        assert len((await ghcr.search_users("somebody", limit=1)).users) == 1


async def test_github_tells_a_hundred_and_that_there_are_more_is_said():
    async with backend(crowd(130)) as ghcr:
        page = await ghcr.search_users("somebody", limit=1000)
    assert len(page.users) == 100
    assert page.warnings == ("GitHub tells the best 100 of 130 accounts alone; narrow the query",)


@pytest.mark.parametrize("query", ["../acme", "acme/app", "acme?x", "type:org acme", "a\x00b", "x" * 5000])
async def test_what_is_no_login_is_looked_for_by_its_words_alone(query: str):
    github = GitHubDouble()
    async with backend(github) as ghcr:
        await ghcr.search_users(query, limit=10)
    assert asked(github) == ["/search/users"]
    assert ":" not in (github.requests.api[0].parameter("q") or "")


async def test_a_query_without_a_word_is_refused():
    async with backend() as ghcr:
        with pytest.raises(InvalidArgumentError):
            await ghcr.search_users(" : ", limit=10)


async def test_a_row_that_makes_no_sense_is_left_out_and_a_new_kind_is_neither():
    github = crowd(3)
    github.api.add(MalformedRow(row={"login": "a/b"}, path="/search"))
    github.api.add(MalformedRow(row={"login": "robot", "type": "Enterprise"}, at=1, path="/search"))
    async with backend(github) as ghcr:
        page = await ghcr.search_users("somebody", limit=10)
    assert [(user.username, user.is_organization) for user in page.users] == [
        ("robot", None),
        ("somebody-002", False),
    ]
    assert page.warnings == ("1 row of the answer made no sense, and is left out",)


@pytest.mark.parametrize("path", ["/users/", "/search/"])
async def test_one_way_that_fails_is_a_warning(path: str):
    github = GitHubDouble()
    github.api.add(quirks.Answer(418, body=b"{}", path=path))
    async with backend(github) as ghcr:
        page = await ghcr.search_users("acme", limit=10)
    assert [user.username for user in page.users] == ["acme"]
    assert page.warnings[0].startswith("not everybody was looked for: ")


async def test_where_both_fail_it_is_not_said_that_there_is_nobody():
    github = GitHubDouble()
    github.api.add(quirks.HtmlPage())
    async with backend(github) as ghcr:
        with pytest.raises(PortcallError) as failed:
            await ghcr.search_users("acme", limit=10)
    assert isinstance(failed.value, UnavailableError)
