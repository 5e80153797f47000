"""Docker Hub's tags: with all details where one page has them all, from the registry's own list otherwise."""

from __future__ import annotations

import pytest
from tests.doubles.dockerhub import BLOCKED, CHALLENGE, EMPTY, LONG_OUTAGE, MANY_TAGS, DockerHubDouble, errors
from tests.plugins.hub import backend, gateway, paths

from portcall.errors import NotFoundError, RateLimitedError, UnsupportedError
from portcall.testing import Reply, image, layer
from portcall.testing.wire import json_reply

pytestmark = pytest.mark.anyio

NGINX_TAGS = {"1.28.0", "1.28", "1.29.3", "1.29", "1", "latest", "1.29.3-alpine", "alpine"}


def registry_lists(double: DockerHubDouble) -> int:
    return len(
        [asked for asked in double.asked("registry") if asked.path.endswith("/tags/list") and asked.status == 200]
    )


async def test_tags_that_fit_on_a_page_come_with_their_details():
    double = DockerHubDouble()
    async with backend(double) as hub:
        page = await hub.list_tags("library/nginx")
    assert {tag.name for tag in page.tags} == NGINX_TAGS
    latest = next(tag for tag in page.tags if tag.name == "latest")
    assert latest.digest == double.registry.digest("library/nginx", "latest")
    assert latest.last_updated == "2026-09-11T22:52:42.349783Z"
    assert latest.platforms == ("linux/amd64", "linux/arm64/v8")
    assert latest.size
    assert (page.next, page.problem) == (None, None)


async def test_they_cost_one_request_and_nothing_of_the_registry():
    double = DockerHubDouble()
    async with gateway(double) as pc:
        assert (await pc.search_tags("nginx")).total == len(NGINX_TAGS)
    assert [asked.service for asked in double.requests] == ["api"]


async def test_they_can_be_ordered_by_date():
    async with gateway(DockerHubDouble()) as pc:
        answer = await pc.search_tags("nginx", order="updated", limit=2)
    assert {tag.name for tag in answer.tags} == {"1.29.3-alpine", "alpine"}


async def test_tags_of_the_same_image_are_told_without_asking_for_each():
    double = DockerHubDouble()
    async with gateway(double) as pc:
        answer = await pc.search_tags("nginx:latest")
    assert {tag.name for tag in answer.tags} == {"1.29.3", "1.29", "1", "latest"}
    answered = [asked for asked in double.asked("registry") if asked.status == 200]
    assert [f"{asked.method} {asked.reference}" for asked in answered] == ["HEAD latest"]


async def test_of_more_tags_than_fit_the_names_are_the_registrys_and_the_newest_have_details():
    double = DockerHubDouble()
    async with backend(double) as hub:
        page = await hub.list_tags(MANY_TAGS)
    assert len(page.tags) == 3000
    detailed = [tag.name for tag in page.tags if tag.last_updated]
    assert sorted(detailed) == [f"build-{number}" for number in range(2900, 3000)]
    assert (registry_lists(double), len(double.asked("api"))) == (1, 1)


async def test_that_most_have_no_dates_is_said_so_that_their_order_misleads_nobody():
    async with gateway(DockerHubDouble()) as pc:
        many = await pc.search_tags(MANY_TAGS, order="updated", limit=1)
        few = await pc.search_tags("nginx", order="updated", limit=1)
    assert [tag.name for tag in many.tags] == ["build-2999"]
    assert many.warnings[0] == "only the 100 newest of 3,000 tags are told with digest, size and date"
    assert few.warnings == ()


@pytest.mark.parametrize("cap", [1000, 500])
async def test_the_cap_on_anonymous_paging_cuts_no_list_short(cap: int):
    async with gateway(DockerHubDouble(tags_cap=cap)) as pc:
        assert (await pc.search_tags(MANY_TAGS)).total == 3000


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (LONG_OUTAGE, "docker.io answered 500"),
        (CHALLENGE, "is a web page (403)"),
        (BLOCKED, "is refused to programs now"),
        (EMPTY, "docker.io"),
        (Reply(status=429, headers={"Retry-After": "3600"}), "docker.io allows no more requests for now"),
        (errors.offset_too_large(), "Sign in: any free account sees the rest"),
    ],
    ids=["500", "challenge", "blocked", "empty", "429", "cap"],
)
async def test_without_the_api_the_registry_tells_the_names_and_why_no_more_is_said(failure: Reply, why: str):
    double = DockerHubDouble()
    double.fail("tags", failure)
    async with backend(double) as hub:
        page = await hub.list_tags("library/nginx")
    assert {tag.name for tag in page.tags} == NGINX_TAGS
    assert page.problem is None
    (told,) = page.warnings
    assert told.startswith("the tags are told without digests, sizes and dates: ")
    assert why in told


async def test_an_api_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("portcall_dockerhub.tags._PATIENCE", 0.3)
    double = DockerHubDouble()
    double.fail("tags", Reply().delivered(stall_after=-1))
    async with backend(double) as hub:
        page = await hub.list_tags("library/nginx")
    assert len(page.tags) == len(NGINX_TAGS)
    assert page.warnings == (
        "the tags are told without digests, sizes and dates: the API of docker.io did not answer in time",
    )


async def test_a_list_with_rows_that_make_no_sense_is_all_there_still():
    double = DockerHubDouble()
    double.paging.malformed_rows += [{"name": 42}, None, {"name": "../x"}]
    async with backend(double) as hub:
        assert {tag.name for tag in (await hub.list_tags("library/nginx")).tags} == NGINX_TAGS


async def test_a_page_that_lacks_some_is_no_list():
    double = DockerHubDouble()
    double.catalogue.repositories["library/nginx"].tags.clear()
    async with backend(double) as hub:
        page = await hub.list_tags("library/nginx")
    assert {tag.name for tag in page.tags} == NGINX_TAGS
    assert "the API has none of them" in page.warnings[0]
    assert registry_lists(double) == 1


async def test_tags_that_the_api_does_not_have_are_there_without_details():
    double = DockerHubDouble()
    del double.catalogue.repositories["library/nginx"].tags["alpine"]
    double.paging.malformed_rows.append({"name": "../x"})
    async with backend(double) as hub:
        page = await hub.list_tags("library/nginx", limit=20)
    assert {tag.name for tag in page.tags if not tag.digest} == {"alpine"}


async def test_a_page_that_cannot_all_be_read_is_no_list():
    double = DockerHubDouble()
    double.fail("tags", json_reply({"count": 8, "next": None, "results": [{"name": "latest"}, {"name": 7}]}))
    async with backend(double) as hub:
        page = await hub.list_tags("library/nginx")
    assert {tag.name for tag in page.tags} == NGINX_TAGS
    assert page.warnings == ("only the 1 newest of 8 tags are told with digest, size and date",)


async def test_where_the_list_says_that_it_goes_on_is_never_asked():
    double = DockerHubDouble()
    double.paging.links_base = "https://evil.test"
    async with backend(double) as hub:
        assert len((await hub.list_tags(MANY_TAGS)).tags) == 3000


async def test_pages_that_are_asked_for_are_the_registrys():
    async with backend(DockerHubDouble()) as hub:
        first = await hub.list_tags("library/nginx", limit=5)
        second = await hub.list_tags("library/nginx", limit=5, cursor=first.next)
    assert {tag.name for tag in (*first.tags, *second.tags)} == NGINX_TAGS
    assert all(tag.digest for tag in first.tags)


@pytest.mark.parametrize("style", ["httperror", "bare"])
async def test_a_repository_that_is_missing_or_private_is_said_to_be_either(style: str):
    async with gateway(DockerHubDouble(missing_style=style)) as pc:  # type: ignore[arg-type]
        with pytest.raises(NotFoundError, match="or no access to it is granted"):
            await pc.search_tags("acme/ledger")


async def test_a_member_sees_the_tags_of_a_private_repository():
    async with gateway(DockerHubDouble(), ("ada", "ada")) as pc:
        answer = await pc.search_tags("acme/ledger")
    assert {tag.name for tag in answer.tags} == {"1.0", "latest"}


async def test_a_wrong_secret_is_no_reason_to_tell_less_of_what_is_public():
    async with gateway(DockerHubDouble(), ("ada", "wrong-password")) as pc:
        answer = await pc.search_tags("nginx")
    assert answer.total == len(NGINX_TAGS)
    assert "docker.io was asked anonymously" in answer.warnings[0]


async def test_a_mirror_in_its_place_has_tags_of_its_own():
    double = DockerHubDouble()
    # Not told where the API is, it would be hub.docker.com: which knows nothing of a mirror.
    async with gateway(double, api=None) as pc:
        assert (await pc.search_tags("nginx")).total == len(NGINX_TAGS)
        with pytest.raises(UnsupportedError, match="tells no dates"):
            await pc.search_tags("nginx", order="updated")
    assert paths(double) == []


async def test_a_limit_of_the_registry_is_told_where_the_names_are_needed():
    double = DockerHubDouble()
    double.fail("registry", Reply(status=429, headers={"Retry-After": "3600"}))
    async with gateway(double) as pc:
        assert (await pc.search_tags("nginx")).total == len(NGINX_TAGS)
        with pytest.raises(RateLimitedError):
            await pc.search_tags(MANY_TAGS)


async def test_a_tag_of_one_platform_has_that_one():
    double = DockerHubDouble()
    double.push("ada/fresh", image([layer({"a": "b"})]), tags=["1.0"])
    async with backend(double) as hub:
        (tag,) = (await hub.list_tags("ada/fresh")).tags
    assert tag.platforms == ("linux/amd64",)
