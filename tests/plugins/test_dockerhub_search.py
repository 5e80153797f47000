"""Docker Hub's search: the one that its own tools use, and two older ones for when that is out of order."""

from __future__ import annotations

import pytest
from tests.doubles.dockerhub import BLOCKED, CHALLENGE, EMPTY, LONG_OUTAGE, DockerHubDouble, Repository
from tests.doubles.dockerhub.clock import Clock
from tests.doubles.dockerhub.failures import Part
from tests.plugins.hub import backend, names, paths

from portcall import Portcall
from portcall.errors import InvalidArgumentError, PortcallError, RateLimitedError
from portcall.reference import parse_reference
from portcall.settings import Settings
from portcall.testing import Reply
from portcall.testing.wire import json_reply

pytestmark = pytest.mark.anyio

NGINXES = ["nginx", "bitnami/nginx", "acme/nginx-old", "ada/site"]


async def test_official_images_are_found_by_their_short_name_and_come_first():
    async with backend(DockerHubDouble()) as hub:
        page = await hub.search("nginx", limit=10)
    assert names(page.repositories) == NGINXES
    first = page.repositories[0]
    assert (first.reference, first.stars, first.is_official) == ("docker.io/library/nginx", 21268, True)
    assert first.description == "Official build of Nginx."
    assert first.last_updated == "2026-09-12T22:52:42.349783Z"
    assert first.web_url == "https://hub.docker.com/_/nginx"
    assert (page.next, page.total, page.warnings) == (None, 4, ())


async def test_pulls_are_told_where_they_are_exact_and_never_guessed():
    async with backend(DockerHubDouble()) as hub:
        assert {image.pulls for image in (await hub.search("nginx", limit=10)).repositories} == {None}
    async with backend(DockerHubDouble(v4_raw_counts=True)) as hub:
        assert (await hub.search("redis", limit=1)).repositories[0].pulls == 9_400_000_000


async def test_a_badge_vouches_where_it_is_known_to():
    async with backend(DockerHubDouble()) as hub:
        rows = (await hub.search("nginx", limit=10)).repositories
    assert {image.name: (image.is_official, image.is_verified) for image in rows} == {
        "nginx": (True, True),
        "bitnami/nginx": (False, True),
        "ada/site": (False, False),
        "acme/nginx-old": (None, None),
    }
    assert "bitnami" in {(image.publisher or "").lower() for image in rows}


async def test_a_cursor_goes_on_where_the_page_ended():
    async with backend(DockerHubDouble()) as hub:
        first = await hub.search("nginx", limit=3)
        assert (names(first.repositories), first.total) == (NGINXES[:3], 4)
        second = await hub.search("nginx", limit=3, cursor=first.next)
    assert (names(second.repositories), second.next) == (NGINXES[3:], None)


@pytest.mark.parametrize(
    "cursor", ["list:3", "v4:", "v4:-1", "v4:99999999999", "v9:3", "v1:x", "https://evil.test"]
)
async def test_a_cursor_of_nothing_is_refused(cursor: str):
    double = DockerHubDouble()
    async with backend(double) as hub:
        with pytest.raises(InvalidArgumentError, match="cursor"):
            await hub.search("nginx", limit=3, cursor=cursor)
    assert double.requests == []


@pytest.mark.parametrize("failure", [LONG_OUTAGE, CHALLENGE, BLOCKED, EMPTY, Reply(status=404), json_reply({})])
async def test_the_older_search_stands_in_and_that_is_said(failure: Reply):
    double = DockerHubDouble()
    double.fail("search_v4", failure)
    async with backend(double) as hub:
        page = await hub.search("nginx", limit=3)
        following = await hub.search("nginx", limit=3, cursor=page.next)
    assert names(page.repositories) == ["nginx", "bitnami/nginx", "acme/nginx-old"]
    assert page.repositories[0].pulls == 12_981_954_060
    # It knows of official images alone: what others are, it does not tell.
    assert [image.is_official for image in page.repositories] == [True, None, None]
    assert "older search answered" in page.warnings[0]
    assert names(following.repositories) == ["ada/site", "dhi/nginx"]
    assert following.next is None
    assert paths(double)[-1] == "GET /v2/search/repositories/"


@pytest.mark.parametrize("failure", [LONG_OUTAGE, CHALLENGE, BLOCKED, EMPTY, Reply(status=404), json_reply({})])
async def test_the_oldest_search_stands_in_for_both_and_that_is_said(failure: Reply):
    double = DockerHubDouble()
    double.fail("search_v4", BLOCKED)
    double.fail("search_v2", failure)
    async with backend(double) as hub:
        page = await hub.search("nginx", limit=3)
        following = await hub.search("nginx", limit=3, cursor=page.next)
    assert names(page.repositories) == ["nginx", "bitnami/nginx", "acme/nginx-old"]
    assert (page.next, page.total) == ("v1:3", 5)
    assert (names(following.repositories), following.next) == (["ada/site", "dhi/nginx"], None)
    told = page.warnings[0]
    assert told.startswith("the newest search of docker.io is out of order (the API of docker.io is refused")
    assert told.endswith("its oldest search answered")
    assert "the older search of docker.io is out of order" in told


async def test_the_oldest_search_tells_less_and_guesses_nothing():
    double = DockerHubDouble()
    double.fail("search_v4", BLOCKED)
    double.fail("search_v2", BLOCKED)
    async with backend(double) as hub:
        nginx, bitnami = (await hub.search("nginx", limit=2)).repositories
    assert (nginx.description, nginx.stars, nginx.is_official) == ("Official build of Nginx.", 21268, True)
    assert (nginx.pulls, nginx.last_updated, bitnami.is_official) == (None, None, None)


async def test_the_oldest_search_is_shown_no_credentials():
    double = DockerHubDouble()
    double.fail("search_v4", BLOCKED)
    double.fail("search_v2", BLOCKED)
    async with backend(double, ("ada", "ada")) as hub:
        assert (await hub.search("nginx", limit=3)).total == 5
    (oldest,) = double.asked("api", path="/v1/search")
    assert oldest.secrets == ()


async def test_the_oldest_search_is_at_the_index_unless_another_api_stands_in():
    async with Portcall(Settings()) as pc, backend(DockerHubDouble()) as standing_in:
        assert standing_in.api is not None
        own = pc._router.backend_for(parse_reference("nginx"))
        assert own._hub.index.upstream.endpoint == "https://index.docker.io"  # type: ignore[attr-defined]
        assert standing_in._hub.index.upstream.endpoint == standing_in.api.upstream.endpoint  # type: ignore[attr-defined]


async def test_pages_of_the_oldest_search_miss_nothing_and_repeat_nothing():
    double = crowd(DockerHubDouble())
    double.fail("search_v4", BLOCKED)
    double.fail("search_v2", BLOCKED)
    seen: list[str] = []
    async with backend(double) as hub:
        page = await hub.search("crowd", limit=60)
        while page.next:
            seen += names(page.repositories)
            page = await hub.search("crowd", limit=90, cursor=page.next)
    seen += names(page.repositories)
    assert seen == [f"crowd/app-{number:03}" for number in range(250)]


@pytest.mark.parametrize("broken", [(), ("search_v4",), ("search_v4", "search_v2")])
async def test_an_official_image_is_searched_for_by_its_short_name(broken: tuple[Part, ...]):
    double = DockerHubDouble()
    for part in broken:
        double.fail(part, BLOCKED)
    async with backend(double) as hub:
        page = await hub.search("library/nginx", limit=1)
    assert names(page.repositories) == ["nginx"]


async def test_where_no_search_answers_the_outage_is_told_as_one():
    double = DockerHubDouble()
    double.fail("search_v4", CHALLENGE)
    double.fail("search_v2", BLOCKED)
    double.fail("search_v1", LONG_OUTAGE)
    async with backend(double) as hub:
        with pytest.raises(PortcallError, match="web page") as outage:
            await hub.search("nginx", limit=3)
    assert (outage.value.code, outage.value.registry) == ("upstream_error", "docker.io")


async def test_an_index_that_may_not_be_asked_does_not_hide_the_outage():
    double = DockerHubDouble()
    double.fail("search_v4", CHALLENGE)
    double.fail("search_v2", BLOCKED)
    async with backend(double) as hub:
        assert hub.api is not None
        # At an address that is not public, and not named by the operator for it.
        hub._hub.index = hub.api.anonymous_at(hub.api.upstream.endpoint)  # type: ignore[attr-defined]
        with pytest.raises(PortcallError, match="web page"):
            await hub.search("nginx", limit=3)
    assert double.asked("api", path="/v1/search") == []


async def test_a_search_that_breaks_off_is_not_gone_on_with_in_another_order():
    double = DockerHubDouble()
    async with backend(double) as hub:
        page = await hub.search("nginx", limit=3)
        double.fail("search_v4", BLOCKED)
        with pytest.raises(PortcallError) as outage:
            await hub.search("nginx", limit=3, cursor=page.next)
    assert "leave the cursor out" in outage.value.hint


async def test_a_spent_allowance_is_no_outage_and_says_when_to_come_back():
    double = DockerHubDouble(clock=Clock())
    double.api_limit.exhaust()
    async with backend(double) as hub:
        with pytest.raises(RateLimitedError) as limited:
            await hub.search("nginx", limit=3)
    assert limited.value.retry_after == pytest.approx(60, abs=1)
    assert {asked.path for asked in double.asked("api")} == {"/api/search/v4"}


async def test_rows_that_make_no_sense_are_left_out_and_counted():
    double = DockerHubDouble()
    hostile = {"name": "../../v2/users/ada", "type": "image"}
    double.paging.malformed_rows += [{"name": 42}, None, "nginx", hostile, {"name": "Upper/Case"}]
    async with backend(double) as hub:
        page = await hub.search("nginx", limit=10)
    assert names(page.repositories) == NGINXES
    assert page.warnings == ("5 rows of the answer made no sense, and are left out",)


async def test_what_is_no_image_is_left_out_in_silence():
    double = DockerHubDouble()
    double.paging.malformed_rows.append({"name": "acme/nginx-plugin", "type": "plugin"})
    async with backend(double) as hub:
        page = await hub.search("nginx", limit=10)
    assert (names(page.repositories), page.warnings) == (NGINXES, ())


async def test_one_row_that_makes_no_sense_is_one():
    double = DockerHubDouble()
    double.paging.malformed_rows.append(None)
    async with backend(double) as hub:
        assert (await hub.search("nginx", limit=10)).warnings == (
            "1 row of the answer made no sense, and is left out",
        )


def crowd(double: DockerHubDouble) -> DockerHubDouble:
    double.add(*(Repository(path=f"crowd/app-{number:03}", pulls=1000 - number) for number in range(250)))
    return double


@pytest.mark.parametrize("most", [100, 30])
async def test_more_than_a_hundred_take_several_requests(most: int):
    double = crowd(DockerHubDouble(v4_cap=None, v4_most=most))
    async with backend(double) as hub:
        page = await hub.search("crowd", limit=1000)
    assert names(page.repositories) == [f"crowd/app-{number:03}" for number in range(250)]
    assert (page.next, page.total) == (None, 250)


async def test_anonymous_callers_get_the_page_so_far_and_the_next_step():
    async with backend(crowd(DockerHubDouble())) as hub:
        page = await hub.search("crowd", limit=1000)
        beyond = await hub.search("crowd", limit=10, cursor="v4:100")
    assert (len(page.repositories), page.next, page.total) == (100, None, 250)
    assert page.warnings == (
        "docker.io shows anonymous callers no more of the search. Sign in: any free account sees the rest.",
    )
    assert (beyond.repositories, beyond.next, beyond.warnings) == ((), None, page.warnings)


async def test_callers_who_signed_in_page_on():
    async with backend(crowd(DockerHubDouble()), ("ada", "ada")) as hub:
        page = await hub.search("crowd", limit=240)
        assert (len(page.repositories), page.warnings) == (240, ())
        assert len((await hub.search("crowd", limit=240, cursor=page.next)).repositories) == 10


async def test_a_page_that_fails_on_the_way_can_be_gone_on_with():
    double = crowd(DockerHubDouble(v4_cap=None))
    async with backend(double) as hub:
        await hub.search("crowd", limit=100)
        double.fail("search_v4", BLOCKED)
        page = await hub.search("crowd", limit=200)
        double.mend()
        rest = await hub.search("crowd", limit=200, cursor=page.next)
    assert (len(page.repositories), len(rest.repositories)) == (100, 150)
    assert "the page ends early" in page.warnings[0]


@pytest.mark.parametrize("query", ["../..", "a/b", "?x=1", "%2F", "\x00", "ä 🐳", "&size=1000"])
async def test_a_query_is_no_path_and_no_parameter(query: str):
    double = DockerHubDouble()
    async with backend(double) as hub:
        await hub.search(query, limit=3)
    assert [asked.parameter("query") for asked in double.asked("api")] == [query]
