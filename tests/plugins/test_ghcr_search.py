"""Searching GHCR, which has no search: by the repositories that GitHub finds, and by whole names."""

from __future__ import annotations

import pytest
from tests.doubles.ghcr import OCTO_TOKEN, GitHubDouble, MalformedRow, ShortPage
from tests.plugins.ghcr_backend import asked, backend, gateway, looked_up, names

from portcall.errors import InvalidArgumentError, RateLimitedError, UnavailableError
from portcall.testing import image, layer, quirks

pytestmark = pytest.mark.anyio


def many(count: int, *, without: int = 0) -> GitHubDouble:
    """Return a GitHub with so many repositories of bulk, the last ones ``without`` a package."""
    github = GitHubDouble()
    github.catalogue.add_account("bulk", "User")
    for number in range(count):
        github.catalogue.add_repository(f"bulk/thing-{number:04}", files={"README.md": b"#"})
        if number < count - without:
            github.package(f"bulk/thing-{number:04}")
    return github


async def test_what_is_found_has_its_repositorys_description_and_stars_and_no_date():
    async with backend() as ghcr:
        page = await ghcr.search("app", limit=10)
    (found,) = page.repositories
    assert (found.name, found.reference) == ("ghcr.io/acme/app",) * 2
    assert (found.description, found.stars, found.is_private) == ("The app of Acme", 42, False)
    # When a repository changed is not when its package did.
    assert (found.last_updated, found.pulls, page.total, page.next) == (None, None, None, None)


async def test_how_it_was_found_and_what_is_not_found_so_is_said():
    async with backend() as ghcr:
        page = await ghcr.search("app", limit=10)
    (told,) = page.warnings
    assert "by the source repositories at GitHub" in told
    assert "not called as their repository" in told


async def test_repositories_without_a_package_are_not_told():
    github = GitHubDouble()
    async with backend(github) as ghcr:
        page = await ghcr.search("acme", limit=10)
    assert names(page.repositories) == ["ghcr.io/acme/app"]
    assert {"acme/website", "acme/tools", "acme/empty"} <= set(looked_up(github))


async def test_what_no_image_can_be_called_is_not_even_looked_for():
    github = GitHubDouble()
    github.catalogue.add_repository("acme/.github", description="defaults")
    github.catalogue.add_repository("acme/App_-x", description="defaults")
    async with backend(github) as ghcr:
        page = await ghcr.search("defaults", limit=10)
    assert (page.repositories, looked_up(github)) == ((), [])
    assert len(page.warnings) == 1


async def test_names_are_in_lower_case_as_the_registry_has_them():
    github = GitHubDouble()
    github.catalogue.add_account("Bulk", "User")
    github.catalogue.add_repository("Bulk/Thing")
    github.catalogue.packages["bulk", "thing"] = github.catalogue.packages["acme", "app"]
    async with backend(github) as ghcr:
        page = await ghcr.search("thing", limit=10)
    assert names(page.repositories) == ["ghcr.io/bulk/thing"]


@pytest.mark.parametrize("query", ["acme/renamed", "ghcr.io/acme/renamed:2024.1", "https://ghcr.io/Acme/Renamed"])
async def test_a_package_by_its_whole_name_is_found_whatever_its_repository_is_called(query: str):
    async with backend() as ghcr:
        page = await ghcr.search(query, limit=10)
    assert names(page.repositories)[0] == "ghcr.io/acme/renamed"


async def test_a_package_and_its_repository_of_the_same_name_are_told_once():
    async with backend() as ghcr:
        (found,) = (await ghcr.search("acme/app", limit=10)).repositories
    assert (found.name, found.stars) == ("ghcr.io/acme/app", 42)


async def test_of_private_packages_a_search_tells_nothing_whoever_asks():
    github = GitHubDouble()
    github.catalogue.add_repository("acme/tool", description="secret plans")
    github.package("acme/tool", visibility="private")
    for token in (None, OCTO_TOKEN):
        async with backend(github, token) as ghcr:
            for query in ("secret", "acme/secret", "is:private secret", "secret user:acme"):
                assert (await ghcr.search(query, limit=10)).repositories == ()


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("user:acme app", "user acme app"),
        ('is:private "org:acme"', "is private org acme"),
        ("-app NOT tools OR AND", "app not tools or and"),
        ("stars:>10 (a|b) @acme", "stars 10 a b acme"),
        ("für größe 容器", "für größe 容器"),
        ("c++ c# node.js", "c++ c# node.js"),
    ],
)
async def test_qualifiers_and_operators_in_a_query_are_words(query: str, sent: str):
    github = GitHubDouble()
    async with backend(github) as ghcr:
        await ghcr.search(query, limit=10)
    (request,) = github.requests.api
    assert request.parameter("q") == f"{sent} is:public"


@pytest.mark.parametrize("query", ["", "   ", ':"()', "\x00", "\ud800", "--"])
async def test_a_query_without_a_word_is_refused_before_anything_is_asked(query: str):
    github = GitHubDouble()
    async with backend(github) as ghcr:
        with pytest.raises(InvalidArgumentError):
            await ghcr.search(query, limit=10)
    assert github.requests.api == []


async def test_a_query_that_is_too_long_is_cut_where_a_word_ends_and_that_is_said():
    github = GitHubDouble()
    async with backend(github) as ghcr:
        page = await ghcr.search("words " * 2000, limit=10)
        endless = await ghcr.search("x" * 10_000, limit=10)
    assert "only the first" in " ".join(page.warnings)
    assert "only the first 160 characters" in " ".join(endless.warnings)
    assert all(len(request.parameter("q") or "") <= 256 for request in github.requests.api)
    assert [request.status for request in github.requests.api] == [200, 200]


# Pages


async def test_no_more_repositories_are_looked_at_than_it_takes():
    github = many(300)
    async with backend(github) as ghcr:
        page = await ghcr.search("thing", limit=1)
    assert page.next == "search:20"
    assert len(looked_up(github)) == 20


async def test_the_cursor_leads_on_and_none_is_told_twice():
    github = many(130)
    found: list[str] = []
    async with gateway(github) as pc:
        cursor = ""
        for _ in range(20):
            page = await pc.search_images("thing", registry="ghcr.io", limit=15, cursor=cursor)
            found += names(page.images)
            cursor = page.next_cursor or ""
            if not cursor:
                break
    assert found == [f"ghcr.io/bulk/thing-{number:04}" for number in range(130)]


async def test_a_page_without_any_goes_on_to_the_next():
    github = many(120, without=120)
    async with backend(github) as ghcr:
        first = await ghcr.search("thing", limit=1000)
        last = await ghcr.search("thing", limit=1000, cursor=first.next)
    assert (first.repositories, first.next, last.next) == ((), "search:100", None)


@pytest.mark.parametrize("token", [None, OCTO_TOKEN])
async def test_a_page_that_is_short_of_rows_does_not_end_the_list(token: str | None):
    github = many(250)
    github.api.add(ShortPage(rows=97))
    async with backend(github, token) as ghcr:
        first = await ghcr.search("bulk", limit=1000)
        second = await ghcr.search("bulk", limit=1000, cursor=first.next)
        inside = await ghcr.search("bulk", limit=1000, cursor="search:98")
    assert (len(first.repositories), first.next) == (97, "search:100")
    assert (names(second.repositories)[0], second.next) == ("ghcr.io/bulk/thing-0100", "search:200")
    # Where a page has become shorter meanwhile, too.
    assert (inside.repositories, inside.next) == ((), "search:100")


async def test_a_list_that_breaks_off_with_an_empty_page_says_so():
    github = many(250)
    github.api.add(ShortPage(rows=0, page=2))
    async with backend(github) as ghcr:
        page = await ghcr.search("thing", limit=1000, cursor="search:100")
    assert (page.repositories, page.next) == ((), None)
    assert "GitHub's list ends here with an empty page, though by its own word there are more" in page.warnings


async def test_what_is_named_comes_first_and_not_again_on_the_next_page():
    github = many(60)
    github.catalogue.repositories["bulk/thing-0050"].description = "bulk/thing-0050"
    github.package("bulk/thing-x")
    async with backend(github) as ghcr:
        first = await ghcr.search("bulk/thing-x", limit=1)
        assert names(first.repositories) == ["ghcr.io/bulk/thing-x"]
        later = await ghcr.search("bulk/thing-0050", limit=50, cursor="search:0")
    assert "ghcr.io/bulk/thing-0050" not in names(later.repositories)


async def test_github_tells_a_thousand_and_that_there_are_more_is_said():
    github = many(1005, without=1005)
    async with backend(github) as ghcr:
        page = await ghcr.search("thing", limit=10, cursor="search:900")
        beyond = await ghcr.search("thing", limit=10, cursor="search:1000")
    assert page.next is None
    assert "GitHub tells the best 1,000 of 1,006 alone; narrow the query" in page.warnings
    assert (beyond.repositories, beyond.next) == ((), None)
    assert {request.status for request in github.requests.api} == {200}


@pytest.mark.parametrize(
    "cursor", ["", "0", "search:", "search:-1", "list:3", "search:٢", "search:1e3", "x" * 999]
)
async def test_a_forged_cursor_is_refused_before_anything_is_asked(cursor: str):
    github = GitHubDouble()
    async with backend(github) as ghcr:
        with pytest.raises(InvalidArgumentError):
            await ghcr.search("acme", limit=10, cursor=cursor)
    assert github.requests.api == []


async def test_a_search_that_ran_out_of_time_says_so():
    github = GitHubDouble()
    github.api.settings.incomplete_search = True
    async with backend(github) as ghcr:
        page = await ghcr.search("acme", limit=10)
    assert "GitHub ran out of time, and found some of the repositories alone" in page.warnings


# Trouble


@pytest.mark.parametrize(
    "row", [None, 7, {}, {"full_name": "../x"}, {"full_name": "a/b/c"}, {"full_name": ["a/b"]}]
)
async def test_a_row_that_makes_no_sense_is_left_out_and_said_to_be(row: object):
    github = GitHubDouble()
    github.api.add(MalformedRow(row=row, at=1))
    async with backend(github) as ghcr:
        page = await ghcr.search("acme", limit=10)
    assert names(page.repositories) == ["ghcr.io/acme/app"]
    assert "1 row of the answer made no sense, and is left out" in page.warnings


async def test_one_that_cannot_be_looked_up_costs_itself_alone():
    github = many(3)
    github.registry.add(quirks.Answer(400, path="token.*thing-0001"))
    async with backend(github) as ghcr:
        page = await ghcr.search("thing", limit=10)
    assert names(page.repositories) == ["ghcr.io/bulk/thing-0000", "ghcr.io/bulk/thing-0002"]
    assert any(told.startswith("1 could not be looked up") for told in page.warnings)


async def test_where_none_can_be_looked_up_that_is_no_empty_answer():
    github = GitHubDouble()
    github.registry.add(quirks.Answer(429, path="/token", retry_after=3600))
    async with backend(github) as ghcr:
        with pytest.raises(RateLimitedError):
            await ghcr.search("acme", limit=10)


async def test_with_the_api_down_what_is_named_is_still_found():
    github = GitHubDouble()
    github.api.add(quirks.HtmlPage())
    async with backend(github) as ghcr:
        page = await ghcr.search("acme/app", limit=10)
        with pytest.raises(UnavailableError):
            await ghcr.search("acme", limit=10)
    assert names(page.repositories) == ["ghcr.io/acme/app"]
    assert "only what is named was looked for" in page.warnings[0]


async def test_a_question_to_all_registries_asks_it_too():
    github = GitHubDouble()
    github.push("acme/app", image([layer({"a": "b"})]), tags=["x"])
    async with gateway(github) as pc:
        answer = await pc.search_images("app", registry="ghcr.io")
    assert names(answer.images) == ["ghcr.io/acme/app"]
    assert asked(github) == ["/search/repositories"]
