"""Searching Dockerfiles at GitHub: in all code with a token, by their paths without one."""

from __future__ import annotations

import contextlib

import pytest
from tests.doubles.ghcr import FINE_GRAINED_TOKEN, OCTO_TOKEN, GitHubDouble, MalformedRow
from tests.plugins.ghcr_backend import asked, backend

from portcall.errors import InvalidArgumentError, NotFoundError, PortcallError, UnavailableError
from portcall.models import DockerfileInfo
from portcall.plugin import DockerfilePage
from portcall.testing import quirks
from portcall_ghcr.files import is_dockerfile

pytestmark = pytest.mark.anyio

TREE = "/repos/acme/app/git/trees/HEAD"


def places(page: DockerfilePage) -> list[str]:
    return [f"{found.repo}:{found.path}" for found in page.dockerfiles]


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("Dockerfile", True),
        ("a/b/Containerfile", True),
        ("Dockerfile.prod", True),
        ("app.Dockerfile", True),
        ("dockerfile", True),
        ("Dockerfile.dockerignore", False),
        ("Dockerfiles/readme.md", False),
        ("mydockerfile", False),
        ("", False),
    ],
)
def test_dockerfiles_are_known_by_their_names(path: str, is_one: bool):
    assert is_dockerfile(path) is is_one


# With a token


async def test_with_a_token_code_is_searched_and_the_lines_that_match_are_told():
    github = GitHubDouble()
    async with backend(github, OCTO_TOKEN) as ghcr:
        page = await ghcr.search_dockerfiles("bookworm-slim", limit=10)
    found = page.dockerfiles[0]
    assert (found.repo, found.path, found.excerpt) == (
        "github.com/acme/app",
        "Dockerfile",
        "FROM debian:bookworm-slim",
    )
    assert (found.origin, found.exact, found.content) == ("source", True, None)
    assert found.web_url is not None
    assert found.web_url.startswith("https://github.com/acme/app/blob/")
    assert asked(github) == ["/search/code"]


async def test_that_all_code_is_searched_and_no_image_looked_for_is_said():
    async with backend(token=OCTO_TOKEN) as ghcr:
        by_code = await ghcr.search_dockerfiles("bookworm-slim", limit=10)
    async with backend() as ghcr:
        by_path = await ghcr.search_dockerfiles("acme", limit=10)
    assert "found by GitHub's code search, in all public code there" in by_code.warnings[0]
    assert "that an image is made of it is not checked" in by_code.warnings[0]
    assert "that an image is made of them is not checked" in by_path.warnings[0]


async def test_a_repository_that_is_named_is_the_only_one_searched():
    github = GitHubDouble()
    async with backend(github, OCTO_TOKEN) as ghcr:
        page = await ghcr.search_dockerfiles("acme/app dockerfile", limit=10)
    assert places(page) == ["github.com/acme/app:Dockerfile", "github.com/acme/app:deploy/Dockerfile.prod"]
    assert github.requests.api[0].parameter("q") == "FROM filename:Dockerfile repo:acme/app"


async def test_private_code_is_told_where_it_is_named_alone():
    github = GitHubDouble()
    async with backend(github, OCTO_TOKEN) as ghcr:
        by_words = await ghcr.search_dockerfiles("bookworm", limit=10)
        smuggled = await ghcr.search_dockerfiles("bookworm repo:acme/secret is:private", limit=10)
        named = await ghcr.search_dockerfiles("acme/secret", limit=10)
    assert not any("secret" in place for place in (*places(by_words), *places(smuggled)))
    assert places(named) == ["github.com/acme/secret:Dockerfile"]
    # It is withheld, which is no fault of GitHub's.
    assert "made no sense" not in " ".join((*by_words.warnings, *smuggled.warnings))


async def test_no_more_are_asked_for_than_wanted():
    github = GitHubDouble()
    async with backend(github, OCTO_TOKEN) as ghcr:
        assert len((await ghcr.search_dockerfiles("FROM", limit=1)).dockerfiles) == 1
        await ghcr.search_dockerfiles("FROM", limit=1000)
    assert [request.parameter("per_page") for request in github.requests.api] == ["1", "100"]


def many(count: int, *, private: bool = False) -> GitHubDouble:
    github = GitHubDouble()
    for number in range(count):
        github.catalogue.add_repository(
            f"octo/r{number:03}", files={"Dockerfile": b"FROM alpine\n"}, private=private
        )
    return github


@pytest.mark.parametrize(
    ("github", "limit", "told", "warned"),
    [
        (many(150), 1000, 100, ["only the first 100 that GitHub found were looked at; narrow the query"]),
        (many(150), 100, 100, []),
        (many(20, private=True), 10, 0, ["only the first 10 that GitHub found were looked at; narrow the query"]),
        (many(20), 1000, 20, []),
    ],
)
async def test_that_there_may_be_more_than_were_asked_for_is_said(
    github: GitHubDouble, limit: int, told: int, warned: list[str]
):
    async with backend(github, OCTO_TOKEN) as ghcr:
        page = await ghcr.search_dockerfiles("alpine", limit=limit)
    assert (len(page.dockerfiles), list(page.warnings[1:])) == (told, warned)


@pytest.mark.parametrize(
    "row", [None, {}, {"path": "Dockerfile"}, {"path": 1, "repository": {"full_name": "a/b", "private": False}}]
)
async def test_a_row_that_makes_no_sense_is_left_out_and_said_to_be(row: object):
    github = GitHubDouble()
    github.api.add(MalformedRow(row=row))
    async with backend(github, OCTO_TOKEN) as ghcr:
        page = await ghcr.search_dockerfiles("acme/app", limit=10)
    assert len(page.dockerfiles) == 1
    assert "1 row of the answer made no sense, and is left out" in page.warnings


async def test_a_foreign_address_is_not_passed_on():
    row = {
        "path": "a b/Dockerfile",
        "html_url": "https://github.com.evil.example/x",
        "repository": {"full_name": "acme/app", "private": False},
        "text_matches": [{"fragment": 7}, {}, None],
    }
    github = GitHubDouble()
    github.api.add(MalformedRow(row=row))
    async with backend(github, OCTO_TOKEN) as ghcr:
        found = (await ghcr.search_dockerfiles("acme/app", limit=10)).dockerfiles[0]
    assert found.web_url == "https://github.com/acme/app/blob/HEAD/a%20b/Dockerfile"
    assert found.excerpt is None


@pytest.mark.parametrize(
    ("token", "fault"),
    [
        ("ghp_expired", None),
        (FINE_GRAINED_TOKEN, quirks.Answer(403, body=b'{"message": "no"}', path="/search/code")),
    ],
)
async def test_a_token_that_does_not_do_is_told_and_paths_are_searched(token: str, fault: quirks.Quirk | None):
    github = GitHubDouble()
    if fault:
        github.api.add(fault)
    async with backend(github, token) as ghcr:
        page = await ghcr.search_dockerfiles("acme/app", limit=10)
    assert len(page.dockerfiles) == 2
    assert any(told.startswith("GitHub searched no code: ") for told in page.warnings)


# Without one


@pytest.mark.parametrize("query", ["acme/app", "https://github.com/acme/app.git", "docker github.com/acme/app"])
async def test_a_named_repositorys_paths_are_looked_through(query: str):
    github = GitHubDouble()
    async with backend(github) as ghcr:
        page = await ghcr.search_dockerfiles(query, limit=10)
    assert "github.com/acme/app:Dockerfile" in places(page)
    assert asked(github) == [TREE]
    assert "found by their paths" in page.warnings[0]


async def test_the_likeliest_comes_first_with_its_size_and_page():
    async with backend() as ghcr:
        found, second = (await ghcr.search_dockerfiles("acme/app", limit=10)).dockerfiles
    assert isinstance(found, DockerfileInfo)
    assert (found.path, second.path) == ("Dockerfile", "deploy/Dockerfile.prod")
    assert (found.size, found.content) == (72, None)
    assert found.web_url == "https://github.com/acme/app/blob/HEAD/Dockerfile"


async def test_other_words_have_to_be_in_the_path():
    async with backend() as ghcr:
        page = await ghcr.search_dockerfiles("acme/app PROD Dockerfile", limit=10)
    assert places(page) == ["github.com/acme/app:deploy/Dockerfile.prod"]


async def test_words_alone_lead_through_the_repositories_that_match_best():
    github = GitHubDouble()
    async with backend(github) as ghcr:
        page = await ghcr.search_dockerfiles("acme dockerfile", limit=10)
    assert places(page)[0] == "github.com/acme/app:Dockerfile"
    assert asked(github)[0] == "/search/repositories"
    assert len(asked(github)) == 4
    assert github.requests.api[0].parameter("q") == "acme is:public"
    assert "only the 3 repositories that match best were looked through" in page.warnings


async def test_a_single_repository_is_not_told_as_several():
    async with backend() as ghcr:
        page = await ghcr.search_dockerfiles("website", limit=10)
        nothing = await ghcr.search_dockerfiles("nosuchword", limit=10)
    assert "only the repository that matches best was looked through" in page.warnings
    assert not any("looked through" in told for told in nothing.warnings)


async def test_a_tree_that_is_cut_off_is_said_to_be():
    github = GitHubDouble()
    github.catalogue.repositories["acme/app"].tree_limit = 1
    async with backend(github) as ghcr:
        page = await ghcr.search_dockerfiles("acme/app", limit=10)
    assert "acme/app has more paths than GitHub tells; there may be others" in page.warnings


@pytest.mark.parametrize(
    ("token", "name"),
    [(None, "acme/nothing"), (None, "acme/secret"), (None, "acme/empty"), (OCTO_TOKEN, "acme/nothing")],
)
async def test_a_repository_that_is_not_at_its_address_is_an_error(token: str | None, name: str):
    async with backend(token=token) as ghcr:
        with pytest.raises(NotFoundError, match=name):
            await ghcr.search_dockerfiles(f"github.com/{name}", limit=10)


@pytest.mark.parametrize("query", ["linux/amd64 golang", "ci/cd runner", "tcp/ip"])
@pytest.mark.parametrize(
    ("token", "refused"),
    [
        (None, "GitHub has no tree of "),
        (OCTO_TOKEN, "GitHub has no code of "),
        ("ghp_expired", "GitHub refuses the token from the configuration"),
    ],
)
async def test_words_with_a_slash_that_name_no_repository_are_words(query: str, token: str | None, refused: str):
    github = GitHubDouble()
    github.catalogue.add_repository(
        "acme/slashes", files={"Dockerfile": f"FROM x # {query}\n".encode()}, description=query
    )
    async with backend(github, token) as ghcr:
        page = await ghcr.search_dockerfiles(query, limit=10)
    assert places(page) == ["github.com/acme/slashes:Dockerfile"]
    assert page.warnings[0].startswith(f"the query was taken for words, and for no repository's name: {refused}")


async def test_one_of_several_that_fails_is_a_warning():
    github = GitHubDouble()
    github.api.add(quirks.HtmlPage(path="/trees/", times=1))
    async with backend(github) as ghcr:
        page = await ghcr.search_dockerfiles("acme", limit=10)
    assert page.dockerfiles
    assert any(told.startswith("one was not: ") for told in page.warnings)


async def test_where_all_fail_it_is_not_said_that_there_is_none():
    github = GitHubDouble()
    github.api.add(quirks.HtmlPage(path="/trees/"))
    async with backend(github) as ghcr:
        with pytest.raises(PortcallError) as failed:
            await ghcr.search_dockerfiles("acme", limit=10)
    assert isinstance(failed.value, UnavailableError)


async def test_words_that_nothing_matches_find_nothing():
    async with backend() as ghcr:
        page = await ghcr.search_dockerfiles("nosuchword", limit=10)
    assert page.dockerfiles == ()


@pytest.mark.parametrize("query", ["", " ", "::", "dockerfile"])
async def test_a_query_without_a_word_is_refused(query: str):
    async with backend() as ghcr:
        with pytest.raises(InvalidArgumentError):
            await ghcr.search_dockerfiles(query, limit=10)


@pytest.mark.parametrize(
    "query", ["x" * 10_000, "../../user", "acme/..", "a/b/../../c", "acme/app?x=1 #y", "%2e/%2f"]
)
@pytest.mark.parametrize("token", [None, OCTO_TOKEN])
async def test_whatever_is_typed_stays_where_it_belongs(query: str, token: str | None):
    async with backend(token=token) as ghcr:
        with contextlib.suppress(NotFoundError):
            await ghcr.search_dockerfiles(query, limit=10)
