"""What was meant by a mistyped name: official images and trusted publishers', never what anybody may have."""

from __future__ import annotations

import pytest
from tests.doubles.dockerhub import BLOCKED, CHALLENGE, DockerHubDouble, Repository
from tests.doubles.dockerhub.failures import Part
from tests.doubles.dockerhub.repositories import OrderingSense
from tests.plugins.hub import backend, paths

from portcall.testing import Reply
from portcall.testing.wire import json_reply

VERIFIED = "verified_publisher"

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        ("library/ngnix", ("library/nginx",)),
        ("library/postgresql", ("library/postgres",)),
        ("library/pyhton", ("library/python",)),
        ("library/grafana", ("grafana/grafana",)),
        ("library/no-such-thing", ()),
    ],
)
async def test_a_mistyped_official_image_is_known_by_its_letters(mistyped: str, meant: tuple[str, ...]):
    async with backend(DockerHubDouble()) as hub:
        assert await hub.suggest_repositories(mistyped) == meant


@pytest.mark.parametrize("repository", ["library/nginx", "grafana/grafana"])
async def test_what_is_asked_about_is_not_what_was_meant_instead(repository: str):
    async with backend(DockerHubDouble()) as hub:
        assert await hub.suggest_repositories(repository) == ()


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        ("redislabs/redis", ("library/redis",)),
        ("grafanna/grafana", ("grafana/grafana",)),
        ("grafana/grafanna", ("grafana/grafana",)),
        ("grafana/loki", ()),
    ],
)
async def test_anothers_image_is_an_official_one_of_that_name_or_a_trusted_publishers(
    mistyped: str, meant: tuple[str, ...]
):
    async with backend(DockerHubDouble()) as hub:
        assert await hub.suggest_repositories(mistyped) == meant


@pytest.mark.parametrize("badge", ["none", None, "open_source", "dhi", "verified", 7])
async def test_what_nobody_vouches_for_is_never_suggested(badge: str | None):
    double = DockerHubDouble()
    double.add(
        Repository(path="acme/nignx", badge="verified_publisher"), Repository(path="acme/ngnix", badge=badge)
    )
    async with backend(double) as hub:
        assert await hub.suggest_repositories("acme/ngnx") == ("acme/nignx",)


async def test_a_search_that_does_not_mind_what_it_was_asked_for_makes_no_difference():
    rows = [{"name": "evil/grafana", "badge": "none"}, {"name": "grafana/grafana", "badge": "verified_publisher"}]
    double = DockerHubDouble()
    double.fail("search_v4", json_reply({"total": 2, "results": rows}))
    async with backend(double) as hub:
        assert await hub.suggest_repositories("evill/grafana") == ("grafana/grafana",)


async def test_no_more_than_three_are_suggested_the_nearest_first():
    double = DockerHubDouble()
    double.add(*(Repository(path=f"{name}/loki", badge=VERIFIED) for name in ("xyz", "grafana", "abc", "graf")))
    async with backend(double) as hub:
        found = await hub.suggest_repositories("grafanna/loki")
    assert (found[:2], len(found)) == (("grafana/loki", "graf/loki"), 3)


@pytest.mark.parametrize("sense", ["hub-spec", "hub-mcp"])
async def test_strangers_are_shown_both_ends_of_the_official_images(sense: OrderingSense):
    double = DockerHubDouble(ordering_sense=sense)
    double.add(
        *(Repository(path=f"library/{letter}{number:02}-image") for letter in "abz" for number in range(60))
    )
    async with backend(double) as hub:
        for name in ("a00", "b30", "z59"):
            assert f"library/{name}-image" in await hub.suggest_repositories(f"library/{name}-imagee")
    assert {asked.status for asked in double.asked("api")} == {200}


async def test_asking_costs_a_few_requests_once_a_minute():
    double = DockerHubDouble()
    async with backend(double) as hub:
        await hub.suggest_repositories("library/ngnix")
        await hub.suggest_repositories("library/pyhton")
        assert paths(double) == ["GET /v2/namespaces/library/repositories"] * 2
        await hub.suggest_repositories("prom/promethues")
    assert len(paths(double)) == 4


@pytest.mark.parametrize("part", ["repositories", "search_v4", "api"])
@pytest.mark.parametrize("failure", [CHALLENGE, BLOCKED, Reply(status=429, headers={"Retry-After": "3600"})])
async def test_where_the_api_cannot_be_asked_nothing_is_suggested(part: Part, failure: Reply):
    double = DockerHubDouble()
    double.fail(part, failure)
    async with backend(double) as hub:
        assert await hub.suggest_repositories("prom/promethues") == ()


async def test_an_api_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("portcall_dockerhub.suggest._PATIENCE", 0.1)
    double = DockerHubDouble()
    double.fail("repositories", Reply().delivered(stall_after=-1))
    async with backend(double) as hub:
        assert await hub.suggest_repositories("library/ngnix") == ()


@pytest.mark.parametrize(
    "name", ["..", "../..", "a/b/c", "", "/", "library/..", "A/B", "a%2Fb/c", "\ud800/x", "a?b/c"]
)
async def test_what_can_be_no_name_is_never_asked_for(name: str):
    double = DockerHubDouble()
    async with backend(double) as hub:
        assert await hub.suggest_repositories(name) == ()
    assert double.requests == []


async def test_the_longest_of_names_are_compared_in_no_time():
    double = DockerHubDouble()
    double.add(*(Repository(path=f"crowd/{'a' * 240}{number}", badge=VERIFIED) for number in range(30)))
    async with backend(double) as hub:
        assert len(await hub.suggest_repositories(f"crowd/{'a' * 241}")) == 3


async def test_rows_that_make_no_sense_are_no_names():
    double = DockerHubDouble()
    double.paging.malformed_rows += [None, 42, {"name": ["x"]}, {"name": "../ngnix", "badge": "official"}]
    async with backend(double) as hub:
        assert await hub.suggest_repositories("library/ngnix") == ("library/nginx",)


async def test_a_mirror_in_its_place_vouches_for_nothing():
    double = DockerHubDouble()
    async with backend(double, api=None) as hub:
        assert await hub.suggest_repositories("library/ngnix") == ()
    assert paths(double) == []
