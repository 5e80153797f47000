"""Docker Hub's repositories: those of a namespace, and one in full."""

from __future__ import annotations

import pytest
from tests.doubles.dockerhub import BLOCKED, CHALLENGE, LONG_OUTAGE, DockerHubDouble, Organisation, Repository
from tests.plugins.hub import backend, names, paths

from portcall.errors import (
    ForbiddenError,
    HiddenError,
    InvalidArgumentError,
    NotFoundError,
    UnavailableError,
    UnsupportedError,
    UpstreamError,
)
from portcall.plugin import BackendContext
from portcall.testing import Reply
from portcall.testing.wire import json_reply
from portcall_dockerhub import DockerHubBackend

pytestmark = pytest.mark.anyio

HOSTILE = ["..", ".", "", " ", "a/b", "a%2Fb", "../../v2/users", "a?page=2", "a#b", "\ud800", "a\nb", "-", "ä"]


async def test_a_namespace_lists_what_is_public():
    async with backend(DockerHubDouble()) as hub:
        page = await hub.list_repositories("acme", limit=25)
    assert sorted(names(page.repositories)) == ["acme/api", "acme/empty", "acme/nginx-old", "acme/nightly"]
    api = next(image for image in page.repositories if image.name == "acme/api")
    assert (api.pulls, api.stars, api.is_private, api.reference) == (48_000, 0, False, "docker.io/acme/api")
    assert (api.description, api.web_url) == ("Acme's interface", "https://hub.docker.com/r/acme/api")
    assert api.size
    assert (page.total, page.next, page.warnings) == (4, None, ())


async def test_official_images_are_a_namespace_with_short_names():
    async with backend(DockerHubDouble()) as hub:
        page = await hub.list_repositories("library", limit=25)
    assert sorted(names(page.repositories)) == ["nginx", "postgres", "python", "redis"]
    assert all(image.is_official for image in page.repositories)


async def test_members_see_private_repositories():
    async with backend(DockerHubDouble(), ("ada", "ada")) as hub:
        private = [one for one in (await hub.list_repositories("acme", limit=25)).repositories if one.is_private]
    assert names(private) == ["acme/ledger"]


def crowd(double: DockerHubDouble) -> DockerHubDouble:
    double.add(*(Repository(path=f"crowd/app-{number:03}") for number in range(250)))
    return double


@pytest.mark.parametrize("limits", [(7,), (25,), (97, 100), (60, 7, 90), (1000,)])
async def test_pages_of_any_size_miss_nothing_and_repeat_nothing(limits: tuple[int, ...]):
    seen: list[str] = []
    double = crowd(DockerHubDouble(api_limit=1000))
    async with backend(double, ("ada", "ada")) as hub:
        cursor, turn = None, 0
        while cursor is not None or not turn:
            limit = limits[turn % len(limits)]
            page = await hub.list_repositories("crowd", limit=limit, cursor=cursor)
            assert len(page.repositories) <= limit
            seen += names(page.repositories)
            cursor, turn = page.next, turn + 1
    assert len(seen) == len(set(seen)) == 250


@pytest.mark.parametrize("cap", [100, 50])
async def test_anonymous_callers_get_the_page_so_far_and_the_next_step(cap: int):
    async with backend(crowd(DockerHubDouble(lists_cap=cap))) as hub:
        page = await hub.list_repositories("crowd", limit=50)
        assert (len(page.repositories), page.warnings) == (50, ())
        rest = await hub.list_repositories("crowd", limit=200, cursor=page.next)
    assert len(rest.repositories) == cap - 50
    assert rest.next is None
    assert "Sign in: any free account sees the rest" in rest.warnings[-1]


async def test_an_answer_that_is_no_list_is_no_empty_one():
    double = DockerHubDouble()
    double.fail("repositories", json_reply({}))
    async with backend(double) as hub:
        with pytest.raises(UpstreamError, match="with something else"):
            await hub.list_repositories("acme", limit=25)


async def test_where_the_list_says_that_it_goes_on_is_never_asked():
    double = crowd(DockerHubDouble())
    double.paging.links_base = "https://evil.test"
    async with backend(double, ("ada", "ada")) as hub:
        assert len((await hub.list_repositories("crowd", limit=250)).repositories) == 250


async def test_a_row_that_makes_no_sense_does_not_hide_the_others():
    double = DockerHubDouble()
    double.paging.malformed_rows += [{"name": 42}, None]
    async with backend(double) as hub:
        page = await hub.list_repositories("acme", limit=25)
    assert len(page.repositories) == 4
    assert page.warnings == ("2 rows of the answer made no sense, and are left out",)


@pytest.mark.parametrize("style", ["httperror", "bare"])
async def test_a_namespace_that_nobody_has_is_missing(style: str):
    async with backend(DockerHubDouble(missing_style=style)) as hub:  # type: ignore[arg-type]
        with pytest.raises(NotFoundError, match="namespace nobody"):
            await hub.list_repositories("nobody", limit=25)


async def test_a_namespace_with_nothing_to_show_is_not_missing():
    double = DockerHubDouble()
    double.add(Organisation(name="quiet"))
    async with backend(double) as hub:
        page = await hub.list_repositories("quiet", limit=25)
    assert (page.repositories, page.total) == ((), 0)


async def test_a_failure_to_look_is_no_missing_namespace():
    double = DockerHubDouble()
    double.fail("accounts", BLOCKED)
    async with backend(double) as hub:
        assert (await hub.list_repositories("nobody", limit=25)).repositories == ()


@pytest.mark.parametrize("namespace", HOSTILE)
async def test_a_namespace_that_cannot_be_is_never_asked_for(namespace: str):
    double = DockerHubDouble()
    async with backend(double) as hub:
        with pytest.raises(InvalidArgumentError, match="namespace"):
            await hub.list_repositories(namespace, limit=25)
    assert double.requests == []


async def test_a_repository_is_told_in_full():
    async with backend(DockerHubDouble()) as hub:
        image = await hub.get_repository("library/nginx")
    assert (image.name, image.reference) == ("nginx", "docker.io/library/nginx")
    assert (image.stars, image.pulls) == (21268, 12_981_954_060)
    assert (image.is_official, image.is_private) == (True, False)
    assert (image.last_updated, image.description) == ("2026-09-12T22:52:42.349783Z", "Official build of Nginx.")
    assert (image.readme, image.warnings) == (None, ())


async def test_its_overview_comes_on_demand():
    async with backend(DockerHubDouble()) as hub:
        assert (await hub.get_repository("library/nginx", readme=True)).readme.startswith("# Quick reference")
        assert (await hub.get_repository("acme/api", readme=True)).readme == ""


@pytest.mark.parametrize("style", ["httperror", "bare"])
@pytest.mark.parametrize("repository", ["acme/ledger", "acme/nothing"])
async def test_what_is_missing_may_be_private(repository: str, style: str):
    async with backend(DockerHubDouble(missing_style=style)) as hub:  # type: ignore[arg-type]
        with pytest.raises(HiddenError, match="or no access to it is granted"):
            await hub.get_repository(repository)


@pytest.mark.parametrize("repository", [*HOSTILE, "a/b/c", "../users", "library/..", "library/a%2Fb"])
async def test_a_repository_that_cannot_be_is_never_asked_for(repository: str):
    if repository == "a/b":
        return  # a name like any other
    double = DockerHubDouble()
    async with backend(double) as hub:
        with pytest.raises(NotFoundError):
            await hub.get_repository(repository)
    assert double.requests == []


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (CHALLENGE, "web page"),
        (BLOCKED, "refused to programs"),
        (LONG_OUTAGE, "500"),
    ],
)
async def test_an_outage_is_never_a_missing_repository(failure: Reply, words: str):
    double = DockerHubDouble()
    double.fail("repositories", failure)
    async with backend(double) as hub:
        with pytest.raises(UnavailableError, match=words):
            await hub.get_repository("library/nginx")


async def test_a_refusal_of_its_own_is_no_outage_and_no_missing_repository():
    double = DockerHubDouble()
    double.fail("repositories", json_reply({"message": "access denied", "errinfo": {}}, status=403))
    async with backend(double) as hub:
        with pytest.raises(ForbiddenError, match="refuses access to the repository nginx"):
            await hub.get_repository("library/nginx")


async def test_a_registry_without_such_an_api_says_so_and_tells_what_it_can():
    async with backend(DockerHubDouble()) as hub:
        bare = DockerHubBackend(BackendContext(hub.upstream, hub.http))
        assert not {"search", "repositories", "users"} & set(bare.capabilities)
        assert (await bare.get_repository("library/nginx")).name == "nginx"
        with pytest.raises(UnsupportedError, match="has no API here"):
            await bare.list_repositories("acme", limit=1)


async def test_a_mirror_in_its_place_has_repositories_of_its_own():
    double = DockerHubDouble()
    async with backend(double, api=None) as hub:
        assert (await hub.get_repository("library/nginx")).description is None
    assert paths(double) == []


async def test_the_same_question_is_asked_once_a_minute():
    double = DockerHubDouble()
    async with backend(double) as hub:
        for _ in range(3):
            await hub.get_repository("library/nginx")
    assert paths(double) == ["GET /v2/namespaces/library/repositories/nginx"]
