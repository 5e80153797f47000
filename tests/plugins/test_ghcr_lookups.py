"""Packages looked up at the token endpoint: what counts as an answer, what it costs, and what is kept of it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from tests.doubles.ghcr import OCTO_TOKEN, GitHubDouble
from tests.plugins.ghcr_backend import asked, backend, gateway, looked_up, names

from portcall.errors import UnavailableError, UpstreamError
from portcall.testing import quirks
from portcall_ghcr.standing import Standing, Standings

pytestmark = pytest.mark.anyio


def bulk(count: int, *, packages: int) -> GitHubDouble:
    """Return a GitHub with so many repositories of bulk, of which the last ones have a package."""
    github = GitHubDouble()
    github.catalogue.add_account("bulk", "User")
    for number in range(count):
        github.catalogue.add_repository(f"bulk/thing-{number:04}", files={"README.md": b"#"})
        if number >= count - packages:
            github.package(f"bulk/thing-{number:04}")
    return github


def page(status: int) -> quirks.Answer:
    """Answer with a web page, as proxies do."""
    return quirks.Answer(status, body=b"<html>Please sign in</html>", content_type="text/html", path="/token")


def contents(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


# What counts


@pytest.mark.parametrize("status", [200, 401, 403])
async def test_a_web_page_tells_of_no_package_whatever_its_status(status: int):
    github = GitHubDouble()
    github.registry.add(page(status))
    async with backend(github) as ghcr:
        for question in (ghcr.search("acme", limit=10), ghcr.list_repositories("acme", limit=10)):
            with pytest.raises(UnavailableError, match="is a web page") as failed:
                await question
    assert failed.value.registry == "ghcr.io"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"{}"),
        (200, b"[]"),
        (200, b"welcome"),
        (200, b'{"token": ""}'),
        (200, b'{"token": 7}'),
        (204, b'{"token": "x"}'),
        (403, b""),
        (403, b'{"message": "blocked by policy"}'),
        (403, b'{"errors": []}'),
        (403, b'{"errors": [{"code": "BLOCKED"}, {"code": ["DENIED"]}, null]}'),
        (401, b'{"errors": "UNAUTHORIZED"}'),
        (404, b'{"errors": [{"code": "DENIED"}]}'),
    ],
)
async def test_only_a_token_or_a_registrys_own_refusal_is_an_answer(status: int, body: bytes):
    github = GitHubDouble()
    github.registry.add(quirks.Answer(status, body=body, path="/token"))
    async with backend(github) as ghcr:
        with pytest.raises(UpstreamError, match=r"ghcr\.io does not tell which packages there are"):
            await ghcr.search("acme", limit=10)


async def test_a_token_by_its_other_name_is_one():
    github = GitHubDouble()
    github.registry.add(quirks.Answer(200, body=b'{"access_token": "x"}', path="/token"))
    async with backend(github) as ghcr:
        assert names((await ghcr.search("website", limit=10)).repositories) == ["ghcr.io/acme/website"]


async def test_what_is_refused_by_a_web_page_is_not_said_to_be_missing():
    github = GitHubDouble()
    github.registry.add(page(403))
    async with gateway(github) as pc:
        with pytest.raises(UnavailableError, match="answered 403 by a web page"):
            await pc.get_image_details("ghcr.io/acme/app")


# A package that is named


@pytest.mark.parametrize("name", ["acme/untagged", "acme/tools/cli"])
async def test_a_named_package_that_cannot_be_looked_up_is_not_said_not_to_be_there(name: str):
    github = GitHubDouble()
    github.registry.add(page(403))
    async with backend(github) as ghcr:
        with pytest.raises(UnavailableError):
            await ghcr.search(name, limit=10)


async def test_where_others_are_found_that_is_a_warning():
    github = GitHubDouble()
    github.registry.add(quirks.Answer(400, path="token.*renamed"))
    github.catalogue.repositories["acme/app"].description = "Not acme/renamed"
    async with backend(github) as ghcr:
        found = await ghcr.search("acme/renamed", limit=10)
    assert names(found.repositories) == ["ghcr.io/acme/app"]
    assert found.warnings[0].startswith("ghcr.io/acme/renamed itself could not be looked up: ")


async def test_where_it_is_found_by_its_repository_all_is_well():
    github = GitHubDouble()
    github.registry.add(quirks.Answer(400, path="token.*app", times=1))
    async with backend(github) as ghcr:
        found = await ghcr.search("acme/app", limit=10)
    assert names(found.repositories) == ["ghcr.io/acme/app"]
    assert "could not be looked up" not in " ".join(found.warnings)


# What it costs


@pytest.mark.parametrize("token", [None, OCTO_TOKEN])
async def test_one_search_looks_a_hundred_up_and_the_next_goes_on(token: str | None):
    github = bulk(250, packages=5)
    costs: list[int] = []
    async with gateway(github, token) as pc:
        cursor = ""
        while not costs or cursor:
            before = len(looked_up(github))
            answer = await pc.search_images("bulk", registry="ghcr.io", limit=10, cursor=cursor)
            costs.append(len(looked_up(github)) - before)
            cursor = answer.next_cursor or ""
    assert costs == [100, 100, 50]
    assert names(answer.images) == [f"ghcr.io/bulk/thing-{number:04}" for number in range(245, 250)]


async def test_so_does_a_list_of_an_owners():
    github = bulk(250, packages=0)
    async with gateway(github) as pc:
        answer = await pc.list_repositories("bulk", registry="ghcr.io", limit=10)
    assert (answer.repositories, len(looked_up(github))) == ((), 100)
    assert answer.next_cursor
    assert asked(github) == ["/users/bulk", "/users/bulk/repos"]


async def test_a_list_that_makes_up_for_a_token_that_does_not_do_rests_as_well():
    github = bulk(150, packages=0)
    github.api.add(quirks.Answer(403, body=b"{}", path="/packages"))
    async with backend(github, OCTO_TOKEN) as ghcr:
        assert (await ghcr.list_repositories("bulk", limit=10)).rests


async def test_what_was_learnt_of_a_package_is_not_asked_again():
    github = GitHubDouble()
    github.catalogue.add_repository("acme/closed", description="acme")
    github.package("acme/closed", visibility="private")
    async with backend(github) as ghcr:
        first = await ghcr.search("acme", limit=10)
        known = looked_up(github)
        again = await ghcr.list_repositories("acme", limit=10)
    assert {"acme/app", "acme/closed", "acme/website"} <= set(known)
    assert looked_up(github) == known
    assert names(again.repositories) == names(first.repositories) == ["ghcr.io/acme/app"]


def test_what_was_learnt_counts_for_a_minute():
    now = 0.0
    known = Standings(clock=lambda: now)
    known.put("acme/app", Standing.MISSING)
    now = 59.0
    assert known.get("acme/app") is Standing.MISSING
    now = 60.0
    assert known.get("acme/app") is None


def test_of_many_packages_the_latest_are_known():
    known = Standings()
    packages = [f"acme/{number}" for number in range(2000)]
    for package in (*packages, packages[0], "acme/new"):
        known.put(package, Standing.PUBLIC)
    assert [package for package in packages if known.get(package) is None] == [packages[1]]
    assert known.get("acme/new") is Standing.PUBLIC


# What is kept


async def test_no_token_is_kept_on_disk(tmp_path: Path):
    github = GitHubDouble()
    body = b'{"token": "nobodys"}'
    github.registry.add(quirks.Answer(200, body=body, path="/token"))
    async with gateway(github, environ={"PORTCALL_CACHE__URL": f"disk://{tmp_path}"}) as pc:
        assert (await pc.search_images("app", registry="ghcr.io")).images
    kept = contents(tmp_path)
    # GitHub's answer is kept, sealed, so that one of the token service's would be, too.
    assert b'"sealed"' in kept
    assert base64.b64encode(body) not in kept
