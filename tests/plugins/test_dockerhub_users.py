"""Docker Hub's people: looked up by name, and found by what they publish; there is no search for them."""

from __future__ import annotations

import pytest
from tests.doubles.dockerhub import BLOCKED, CHALLENGE, DockerHubDouble, User
from tests.plugins.hub import backend, paths

from portcall.errors import PortcallError, UnavailableError

pytestmark = pytest.mark.anyio


async def test_a_person_is_told_by_name():
    double = DockerHubDouble()
    double.add(
        User(
            name="mary", password="mary-password", full_name="Mary S.", fields={"location": "Bath", "company": "M"}
        )
    )
    async with backend(double) as hub:
        (mary,) = (await hub.search_users("mary", limit=10)).users
    assert (mary.username, mary.full_name, mary.location, mary.company) == ("mary", "Mary S.", "Bath", "M")
    assert (mary.is_organization, mary.image_count) == (False, 0)
    assert (mary.registry, mary.web_url) == ("docker.io", "https://hub.docker.com/u/mary")


async def test_what_is_not_told_is_not_there():
    async with backend(DockerHubDouble()) as hub:
        (ada,) = (await hub.search_users("ada", limit=10)).users
    assert (ada.location, ada.company, ada.image_count) == (None, None, 2)


async def test_an_organisation_is_one_by_whichever_path():
    double = DockerHubDouble()
    async with backend(double) as hub:
        (grafana,) = (await hub.search_users(" Grafana ", limit=10)).users
    assert (grafana.username, grafana.full_name) == ("grafana", "Grafana Labs")
    assert (grafana.is_organization, grafana.image_count) == (True, 1)
    assert [path for path in paths(double) if "search" not in path][:2] == [
        "GET /v2/users/grafana/",
        "GET /v2/orgs/grafana",
    ]


async def test_publishers_of_images_of_that_name_are_found_too():
    async with backend(DockerHubDouble()) as hub:
        found = (await hub.search_users("prometheus", limit=10)).users
    assert [(user.username, user.full_name) for user in found] == [("prom", "Prom")]
    # The search does not say what they are.
    assert (found[0].is_organization, found[0].image_count) == (None, None)


async def test_each_publisher_is_told_once_and_a_mention_in_prose_makes_none():
    async with backend(DockerHubDouble()) as hub:
        found = (await hub.search_users("nginx", limit=10)).users
        assert [user.username for user in found] == ["library", "bitnami", "acme"]
        assert len((await hub.search_users("nginx", limit=2)).users) == 2


@pytest.mark.parametrize("style", ["httperror", "bare"])
async def test_nobody_is_nobody(style: str):
    async with backend(DockerHubDouble(missing_style=style)) as hub:  # type: ignore[arg-type]
        assert (await hub.search_users("nobody-of-that-name", limit=10)).users == ()


@pytest.mark.parametrize("query", ["..", "a/b", "a%2Fb", "../../v2/user", "a?x", "\x00", "two words", "login"])
async def test_a_query_that_can_be_no_name_is_only_searched_for(query: str):
    double = DockerHubDouble()
    async with backend(double) as hub:
        await hub.search_users(query, limit=10)
    assert paths(double) == ["GET /api/search/v4"]


@pytest.mark.parametrize(
    ("query", "who"),
    [
        ("ada", "the account of that very name and publishers of images that match"),
        ("two words", "publishers of images that match"),
    ],
)
async def test_what_was_done_instead_of_a_search_is_said(query: str, who: str):
    async with backend(DockerHubDouble()) as hub:
        found = await hub.search_users(query, limit=10)
    assert found.warnings == (f"docker.io has no search for people: {who} were looked for",)


async def test_a_failure_to_look_is_not_nobody():
    double = DockerHubDouble()
    double.fail("accounts", BLOCKED)
    async with backend(double) as hub:
        with pytest.raises(UnavailableError, match="refused to programs"):
            await hub.search_users("nobody-of-that-name", limit=10)
        found = await hub.search_users("prometheus", limit=10)
    assert [user.username for user in found.users] == ["prom"]
    assert found.warnings[1] == (
        "the account of that very name could not be looked for: the API of docker.io is refused to programs now"
    )


async def test_the_account_itself_is_told_though_the_search_is_down():
    double = DockerHubDouble()
    double.fail("search_v4", CHALLENGE)
    async with backend(double) as hub:
        found = await hub.search_users("ada", limit=10)
        with pytest.raises(PortcallError, match="web page"):
            await hub.search_users("nobody-of-that-name", limit=10)
    assert [user.username for user in found.users] == ["ada"]
    assert found.warnings[1].startswith("publishers of images that match could not be looked for: ")


async def test_how_many_images_there_are_is_left_out_where_it_is_not_told():
    double = DockerHubDouble()
    double.fail("repositories", BLOCKED)
    async with backend(double) as hub:
        (ada,) = (await hub.search_users("ada", limit=10)).users
    assert (ada.full_name, ada.image_count) == ("Ada Lovelace", None)
