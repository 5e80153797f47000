"""What an owner has at GHCR, and one image in full: with a token that reads packages, and without one."""

from __future__ import annotations

import pytest
from tests.doubles.ghcr import (
    ACTIONS_TOKEN,
    FINE_GRAINED_TOKEN,
    OCTO_TOKEN,
    SCOPELESS_TOKEN,
    STRANGER_TOKEN,
    GitHubDouble,
    MalformedRow,
    ShortPage,
)
from tests.plugins.ghcr_backend import asked, backend, gateway, looked_up, names

from portcall.errors import HiddenError, InvalidArgumentError, NotFoundError, PortcallError, UnavailableError
from portcall.testing import quirks

pytestmark = pytest.mark.anyio

ALL_OF_ACME = [f"ghcr.io/acme/{name}" for name in ("app", "tools/cli", "renamed", "untagged", "secret")]


# An owner's


async def test_a_token_lists_all_packages_that_it_may_read_and_says_which_are_private():
    github = GitHubDouble()
    async with gateway(github, OCTO_TOKEN) as pc:
        answer = await pc.list_repositories("acme", registry="ghcr.io")
    assert names(answer.repositories) == ALL_OF_ACME
    assert [image.is_private for image in answer.repositories] == [False] * 4 + [True]
    assert answer.warnings == ()
    assert asked(github) == ["/users/acme", "/orgs/acme/packages"]


async def test_a_package_has_its_own_date_and_page_and_its_repositorys_description():
    async with backend(token=OCTO_TOKEN) as ghcr:
        found = {image.name: image for image in (await ghcr.list_repositories("acme", limit=10)).repositories}
    cli = found["ghcr.io/acme/tools/cli"]
    assert (cli.description, cli.last_updated) == ("Acme's tools", "2024-01-01T09:00:00Z")
    assert cli.web_url == "https://github.com/orgs/acme/packages/container/package/tools%2Fcli"
    assert found["ghcr.io/acme/untagged"].description is None


async def test_a_users_packages_are_elsewhere_than_an_organisations():
    github = GitHubDouble()
    async with backend(github, STRANGER_TOKEN) as ghcr:
        page = await ghcr.list_repositories("Octo", limit=10)
    assert names(page.repositories) == ["ghcr.io/octo/dotfiles"]
    assert asked(github)[-1] == "/users/Octo/packages"


async def test_more_than_a_hundred_packages_go_on():
    github = GitHubDouble()
    for number in range(120):
        github.package(f"octo/thing-{number:03}")
    async with gateway(github, OCTO_TOKEN) as pc:
        first = await pc.list_repositories("octo", registry="ghcr.io", limit=100)
        rest = await pc.list_repositories("octo", registry="ghcr.io", limit=100, cursor=first.next_cursor or "")
    found = names((*first.repositories, *rest.repositories))
    assert (len(first.repositories), len(found), len(set(found))) == (100, 122, 122)
    assert rest.next_cursor is None


async def test_the_last_page_that_github_tells_says_that_there_are_more():
    github = GitHubDouble()
    row = b'[{"name": "app", "owner": {"login": "acme"}, "visibility": "public"}]'
    github.api.add(quirks.Answer(200, body=row, headers={"Link": '<https://x/?page=101>; rel="next"'}))
    async with backend(github, OCTO_TOKEN) as ghcr:
        last = await ghcr.list_repositories("acme", limit=10, cursor="orgs:100")
        before = await ghcr.list_repositories("acme", limit=10, cursor="orgs:99")
    assert (names(last.repositories), last.next) == (["ghcr.io/acme/app"], None)
    assert last.warnings == ("GitHub tells 10,000 packages of an owner at most; there are more",)
    assert (before.next, before.warnings) == ("orgs:100", ())


@pytest.mark.parametrize("token", [None, OCTO_TOKEN])
async def test_a_list_that_breaks_off_with_an_empty_page_says_so(token: str | None):
    github = GitHubDouble()
    for number in range(120):
        github.catalogue.add_repository(f"octo/thing-{number:03}")
        github.package(f"octo/thing-{number:03}")
    github.api.add(ShortPage(rows=0))
    async with backend(github, token) as ghcr:
        page = await ghcr.list_repositories("octo", limit=10)
    assert (page.repositories, page.next) == ((), None)
    assert "GitHub's list ends here with an empty page, though by its own word there are more" in page.warnings


async def test_without_a_token_those_that_are_called_as_their_repository_are_found():
    github = GitHubDouble()
    async with backend(github) as ghcr:
        page = await ghcr.list_repositories("acme", limit=10)
    assert names(page.repositories) == ["ghcr.io/acme/app"]
    assert asked(github) == ["/users/acme", "/users/acme/repos"]
    assert "not called as their repository" in page.warnings[0]


@pytest.mark.parametrize("token", [FINE_GRAINED_TOKEN, SCOPELESS_TOKEN, ACTIONS_TOKEN])
async def test_a_token_that_does_not_do_costs_completeness_alone_and_that_is_said(token: str):
    async with backend(token=token) as ghcr:
        page = await ghcr.list_repositories("acme", limit=10)
    assert names(page.repositories) == ["ghcr.io/acme/app"]
    assert page.warnings[0].startswith("GitHub does not list the packages of acme: ")
    assert token not in " ".join(page.warnings)


async def test_nobody_of_that_name_is_an_error_that_leads_on():
    async with backend() as ghcr:
        with pytest.raises(NotFoundError, match="no user or organisation nobody") as missing:
            await ghcr.list_repositories("nobody", limit=10)
    assert "search_users" in missing.value.hint


async def test_somebody_without_packages_has_none():
    async with backend(token=OCTO_TOKEN) as ghcr:
        page = await ghcr.list_repositories("stranger", limit=10)
    assert (page.repositories, page.next) == ((), None)


@pytest.mark.parametrize(
    "name",
    ["..", "a/b", "acme?x=1", "acme#", "%2e%2e", "-acme", "a b", "", "x" * 101, "ac\nme", "ümlaut", "\ud800"],
)
async def test_a_name_that_is_none_is_refused_before_anything_is_asked(name: str):
    github = GitHubDouble()
    async with backend(github, OCTO_TOKEN) as ghcr:
        with pytest.raises(InvalidArgumentError):
            await ghcr.list_repositories(name, limit=10)
    assert github.requests.api == []


@pytest.mark.parametrize("cursor", ["orgs:0", "users:101", "orgs:9999999"])
async def test_a_forged_cursor_leads_beyond_the_list_and_nowhere_else(cursor: str):
    github = GitHubDouble()
    async with backend(github, OCTO_TOKEN) as ghcr:
        page = await ghcr.list_repositories("acme", limit=10, cursor=cursor)
    assert (page.repositories, page.next, asked(github)) == ((), None, [])


@pytest.mark.parametrize(
    "row",
    [
        None,
        [],
        {"name": "app"},
        {"name": "../x", "owner": {"login": "acme"}},
        {"name": "a:b", "owner": {"login": "acme"}},
        {"name": 7, "owner": {"login": "acme"}},
    ],
)
async def test_a_package_that_makes_no_sense_is_left_out_and_said_to_be(row: object):
    github = GitHubDouble()
    github.api.add(MalformedRow(row=row))
    async with backend(github, OCTO_TOKEN) as ghcr:
        page = await ghcr.list_repositories("acme", limit=10)
    assert names(page.repositories) == ALL_OF_ACME[1:]
    assert page.warnings == ("1 row of the answer made no sense, and is left out",)


async def test_what_is_new_to_us_is_not_told_and_foreign_addresses_are_not_passed_on():
    row = {"name": "app", "owner": {"login": "acme"}, "visibility": "shared", "html_url": "https://evil.example/"}
    github = GitHubDouble()
    github.api.add(MalformedRow(row={**row, "updated_at": "yesterday", "repository": "?"}))
    async with backend(github, OCTO_TOKEN) as ghcr:
        found = (await ghcr.list_repositories("acme", limit=10)).repositories[0]
    assert (found.name, found.is_private, found.last_updated) == ("ghcr.io/acme/app", None, None)
    assert found.web_url == "https://ghcr.io/acme/app"


# One


async def test_a_token_tells_of_a_package_with_its_date_and_no_question_to_the_registry():
    github = GitHubDouble()
    async with gateway(github, OCTO_TOKEN) as pc:
        found = await pc.get_repository("ghcr.io/acme/tools/cli")
    assert (found.last_updated, found.is_private) == ("2024-01-01T09:00:00Z", False)
    assert found.description == "Acme's tools"
    assert github.requests.registry == []


async def test_without_a_token_its_namesake_describes_it_and_that_is_said():
    async with gateway(GitHubDouble()) as pc:
        found = await pc.get_repository("ghcr.io/acme/app")
    assert (found.description, found.stars, found.last_updated) == ("The app of Acme", 42, None)
    assert found.warnings == (
        "description and stars are those of the repository of the same name, github.com/acme/app",
    )


@pytest.mark.parametrize("name", ["acme/renamed", "acme/tools/cli", "acme/untagged"])
async def test_without_a_namesake_there_is_no_more_to_tell_than_that_it_exists(name: str):
    async with gateway(GitHubDouble()) as pc:
        found = await pc.get_repository(f"ghcr.io/{name}", readme=True)
    assert (found.description, found.stars, found.readme) == (None, None, None)
    assert found.warnings == ("ghcr.io tells of no README",)


async def test_an_archived_repository_is_said_to_be_that():
    github = GitHubDouble()
    github.catalogue.repositories["acme/app"].archived = True
    async with gateway(github) as pc:
        found = await pc.get_repository("ghcr.io/acme/app")
    assert "its source repository github.com/acme/app is archived" in found.warnings


@pytest.mark.parametrize("token", [None, OCTO_TOKEN])
async def test_the_readme_is_the_source_repositorys(token: str | None):
    async with gateway(GitHubDouble(), token) as pc:
        found = await pc.get_repository("ghcr.io/acme/app", readme=True)
    assert found.readme == "# app\n"
    assert "the README is that of the source repository github.com/acme/app" in found.warnings


@pytest.mark.parametrize(
    ("name", "told"),
    [("renamed", "acme/backend-source has no README"), ("untagged", "linked to no source repository")],
)
async def test_why_there_is_no_readme_is_said(name: str, told: str):
    async with gateway(GitHubDouble(), OCTO_TOKEN) as pc:
        found = await pc.get_repository(f"ghcr.io/acme/{name}", readme=True)
    assert found.readme is None
    assert told in found.warnings[0]


@pytest.mark.parametrize(
    "body", [b'{"encoding": "none"}', b'{"encoding": "base64", "content": "a"}', b"[]", b"{}"]
)
async def test_a_readme_that_cannot_be_read_costs_itself_alone(body: bytes):
    github = GitHubDouble()
    github.api.add(quirks.Answer(200, body=body, path="/readme"))
    async with gateway(github) as pc:
        found = await pc.get_repository("ghcr.io/acme/app", readme=True)
    assert (found.readme, found.stars) == (None, 42)
    assert "README" in found.warnings[-1]


async def test_a_private_package_is_told_to_whoever_may_read_it():
    async with gateway(GitHubDouble(), OCTO_TOKEN) as pc:
        found = await pc.get_repository("ghcr.io/octo/notes")
    assert found.is_private is True


async def test_a_private_package_is_hidden_from_others():
    async with gateway(GitHubDouble(), STRANGER_TOKEN) as pc:
        with pytest.raises(HiddenError):
            await pc.get_repository("ghcr.io/acme/secret")


@pytest.mark.parametrize("token", [None, OCTO_TOKEN])
async def test_with_the_api_down_that_it_exists_is_still_told(token: str | None):
    github = GitHubDouble()
    github.api.add(quirks.HtmlPage())
    async with gateway(github, token) as pc:
        found = await pc.get_repository("ghcr.io/acme/app")
        with pytest.raises(NotFoundError):
            await pc.get_repository("ghcr.io/acme/nothing")
    assert (found.name, found.description) == ("ghcr.io/acme/app", None)
    assert "web page" in found.warnings[-1]
    assert looked_up(github)


async def test_a_package_that_only_the_registry_knows_is_told_as_it_tells_it():
    github = GitHubDouble()
    github.api.add(quirks.Answer(404, body=b"{}", path="/packages/container/"))
    async with gateway(github, OCTO_TOKEN) as pc:
        found = await pc.get_repository("ghcr.io/acme/renamed")
    assert (found.name, found.last_updated, found.warnings) == ("ghcr.io/acme/renamed", None, ())


async def test_an_outage_is_not_made_up_for_by_a_poorer_list():
    github = GitHubDouble()
    github.api.add(quirks.HtmlPage(path="/packages"))
    async with backend(github, OCTO_TOKEN) as ghcr:
        with pytest.raises(UnavailableError):
            await ghcr.list_repositories("acme", limit=10)


async def test_an_answer_about_another_package_is_none():
    github = GitHubDouble()
    other = b'{"name": "other", "owner": {"login": "acme"}, "visibility": "public"}'
    github.api.add(quirks.Answer(200, body=other, path="/packages/container/app"))
    async with gateway(github, OCTO_TOKEN) as pc:
        found = await pc.get_repository("ghcr.io/acme/app")
    assert found.name == "ghcr.io/acme/app"
    assert "makes no sense" in found.warnings[0]


async def test_where_neither_answers_that_is_an_outage_and_not_missing():
    github = GitHubDouble()
    github.api.add(quirks.HtmlPage())
    github.registry.add(quirks.HtmlPage())
    async with backend(github) as ghcr:
        with pytest.raises(PortcallError) as failed:
            await ghcr.list_repositories("acme", limit=10)
        assert isinstance(failed.value, UnavailableError)
        with pytest.raises(PortcallError) as failed:
            await ghcr.get_repository("acme/app")
    assert not isinstance(failed.value, NotFoundError)
