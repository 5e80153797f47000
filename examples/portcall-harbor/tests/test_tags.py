"""Tags: with their facts by Harbor's API; where that is not to be had, names by the distribution protocol."""

from __future__ import annotations

import pytest
from portcall.errors import InvalidArgumentError, NotFoundError, RateLimitedError, UnavailableError
from portcall.testing import image, layer, quirks

from harbor_double import EVERYTHING, PULL, Account, HarborDouble, Project
from wiring import AMD64, ARM64, BOTH, HOST, backend, gateway

pytestmark = pytest.mark.anyio

NAME = f"{HOST}/team/shop/api"
#: Where a fault is the API's alone.
API = "^GET /api/"


def harbor_with_tags(*tags: str, **more: object) -> HarborDouble:
    """Return a Harbor whose ``team/shop/api`` has a different image for each of these tags."""
    harbor = HarborDouble(**more)  # type: ignore[arg-type]
    for tag in tags:
        harbor.push("team/shop/api", image([layer({"srv/app": tag})]), tags=[tag])
    return harbor


async def test_a_tag_has_digest_date_size_and_platform_in_one_request():
    harbor = harbor_with_tags()
    harbor.push("team/shop/api", AMD64, tags=["1.0", "latest"])
    harbor.push("team/shop/api", BOTH, tags=["2.0"])
    async with gateway(harbor) as pc:
        tags = {tag.name: tag for tag in (await pc.search_tags(NAME)).tags}
    assert (tags["1.0"].digest, tags["latest"].digest) == (AMD64.digest, AMD64.digest)
    assert (tags["2.0"].digest, tags["2.0"].platforms) == (BOTH.digest, ("linux/amd64", "linux/arm64"))
    assert (tags["1.0"].platforms, tags["1.0"].last_updated) == (("linux/amd64",), "2024-05-01T00:00:00.000Z")
    assert (tags["1.0"].size or 0) > AMD64.total_size
    assert tags["2.0"].size is None
    assert len(harbor.requests) == 1


async def test_the_tags_of_the_same_image_are_told_without_asking_for_each():
    harbor = harbor_with_tags()
    harbor.push("team/shop/api", AMD64, tags=["1.0", "1", "latest"])
    harbor.push("team/shop/api", ARM64, tags=["other"])
    async with gateway(harbor) as pc:
        page = await pc.search_tags(f"{NAME}:latest")
    assert {tag.name for tag in page.tags} == {"1.0", "1", "latest"}
    assert page.complete


async def test_a_hundred_images_come_at_a_time():
    harbor = harbor_with_tags(*(f"1.{number}" for number in range(230)))
    async with gateway(harbor) as pc:
        page = await pc.search_tags(NAME)
    assert (page.total, page.tags[0].name, page.warnings) == (230, "1.229", ())
    assert [asked.partition("page=")[2] for asked in harbor.api_requests] == [
        f"{number}&page_size=100" for number in (1, 2, 3)
    ]


async def test_images_without_a_tag_take_no_room_on_a_page():
    harbor = harbor_with_tags("1.0")
    for number in range(120):
        harbor.push("team/shop/api", image([layer({"srv/app": f"build {number}"})]))
    async with gateway(harbor) as pc:
        assert len((await pc.search_tags(NAME)).tags) == 1
    assert len(harbor.api_requests) == 1


async def test_what_belongs_to_an_image_is_no_platform_of_it():
    rows = (
        b'[{"digest": "sha256:%s", "tags": [{"name": "1.0"}], "references": ['
        b'{"platform": {"os": "linux", "architecture": "arm", "variant": "v7"}},'
        b'{"platform": {"os": "unknown", "architecture": "unknown"}}, {"platform": {"os": "../x"}}, null]}]'
    ) % (b"a" * 64)
    harbor = harbor_with_tags(quirks=[quirks.Answer(200, body=rows, path="/artifacts")])
    async with gateway(harbor) as pc:
        (tag,) = (await pc.search_tags(NAME)).tags
    assert tag.platforms == ("linux/arm/v7",)


@pytest.mark.parametrize(
    "fault",
    [
        quirks.Answer(401, path=API),
        quirks.Answer(403, path=API),
        quirks.Answer(404, path=API),
        quirks.Answer(500, retry_after=900, path=API),
        quirks.Answer(200, body=b"{}", path=API),
        quirks.Answer(200, body=b"[NaN]", path=API),
        quirks.HtmlPage(path=API),
        quirks.HtmlPage(status=404, path=API),
    ],
    ids=["401", "403", "404", "500", "no list", "no JSON", "page", "no such page"],
)
async def test_where_the_api_refuses_names_are_told_and_why_no_more(fault: quirks.Quirk):
    harbor = harbor_with_tags("1.0", "2.0", quirks=[fault])
    async with gateway(harbor) as pc:
        page = await pc.search_tags(NAME)
    assert [(tag.name, tag.digest) for tag in page.tags] == [("2.0", None), ("1.0", None)]
    assert any("only names of tags are known" in warning for warning in page.warnings)


async def test_a_robot_that_may_only_pull_still_sees_the_names():
    robot = Account("robot$secret+pull", "s3cret", {"secret": PULL})
    harbor = HarborDouble([Project("secret", public=False)], accounts=[robot])
    harbor.push("secret/plans", AMD64, tags=["1.0"])
    async with gateway(harbor, robot) as pc:
        page = await pc.search_tags(f"{HOST}/secret/plans")
    assert [tag.name for tag in page.tags] == ["1.0"]
    assert len(page.warnings) == 1


async def test_a_robot_that_may_list_artifacts_sees_all():
    robot = Account("robot$secret+read", "s3cret", {"secret": EVERYTHING})
    harbor = HarborDouble([Project("secret", public=False)], accounts=[robot])
    harbor.push("secret/plans", AMD64, tags=["1.0"])
    async with gateway(harbor, robot) as pc:
        page = await pc.search_tags(f"{HOST}/secret/plans")
    assert ([tag.digest for tag in page.tags], page.warnings) == ([AMD64.digest], ())


async def test_a_login_that_the_registry_alone_accepts_still_shows_the_names():
    robot = Account("robot$team+ci", "s3cret", {"team": PULL})
    harbor = harbor_with_tags("1.0", accounts=[robot], quirks=[quirks.Answer(401, path=API)])
    async with gateway(harbor, robot) as pc:
        page = await pc.search_tags(NAME)
    assert [tag.name for tag in page.tags] == ["1.0"]
    assert any("refused the credentials from the configuration" in warning for warning in page.warnings)


async def test_what_a_proxy_cache_has_not_fetched_yet_is_asked_for_by_the_protocol():
    harbor = harbor_with_tags("1.0", quirks=[quirks.Answer(200, body=b"[]", path="/artifacts")])
    async with gateway(harbor) as pc:
        page = await pc.search_tags(NAME)
    assert ([tag.name for tag in page.tags], page.warnings) == (["1.0"], ())


@pytest.mark.parametrize("name", ["team/never-was", "never-was/app", "single"])
async def test_an_empty_answer_is_never_taken_for_a_repository_without_tags(name: str):
    async with gateway(harbor_with_tags("1.0")) as pc:
        with pytest.raises(NotFoundError):
            await pc.search_tags(f"{HOST}/{name}")


async def test_too_many_requests_are_not_made_more_by_asking_elsewhere():
    limit = quirks.Answer(429, retry_after=900, path=API)
    harbor = harbor_with_tags("1.0", quirks=[limit])
    async with gateway(harbor) as pc:
        with pytest.raises(RateLimitedError) as limited:
            await pc.search_tags(NAME)
    assert (limited.value.retry_after, harbor.count("tags")) == (900, 0)


async def test_where_both_are_down_it_is_an_outage():
    async with gateway(harbor_with_tags("1.0", quirks=[quirks.Answer(503, retry_after=900)])) as pc:
        with pytest.raises(UnavailableError):
            await pc.search_tags(NAME)


async def test_a_list_that_the_api_began_is_not_ended_by_the_protocol():
    harbor = harbor_with_tags(*(f"1.{number}" for number in range(120)))
    async with backend(harbor) as asked:
        first = await asked.list_tags("team/shop/api")
        with harbor.misbehaving(quirks.Answer(403, path=API)), pytest.raises(NotFoundError):
            await asked.list_tags("team/shop/api", cursor=first.next)
    assert (len(first.tags), first.tags[0].name, harbor.count("tags")) == (100, "1.119", 0)


async def test_a_list_that_the_protocol_began_is_not_ended_by_the_api():
    harbor = harbor_with_tags("1.0", "2.0", "3.0")
    async with backend(harbor) as asked:
        with harbor.misbehaving(quirks.Answer(403, path=API)):
            first = await asked.list_tags("team/shop/api", limit=2)
        second = await asked.list_tags("team/shop/api", limit=2, cursor=first.next)
    assert ([tag.name for tag in first.tags], [tag.name for tag in second.tags]) == (["1.0", "2.0"], ["3.0"])
    assert len(harbor.api_requests) == 1


async def test_a_list_that_says_there_is_more_and_tells_none_ends_and_says_so():
    odd = quirks.Answer(200, body=b"[]", headers={"X-Total-Count": "300"}, path="page=2")
    harbor = harbor_with_tags(*(f"1.{number}" for number in range(150)), quirks=[odd])
    async with gateway(harbor) as pc:
        page = await pc.search_tags(NAME)
    assert len(page.tags) == 25
    assert any("tells none" in warning for warning in page.warnings)


async def test_rows_that_make_no_sense_cost_themselves_alone():
    good = b'{"digest": "sha256:%s", "tags": [{"name": "1.0"}, {"name": "../x"}, {"name": 7}, null]}' % (b"a" * 64)
    body = b'[{"digest": "sha256:../../v2"}, 7, %s, {"digest": "sha256:%s", "tags": null}]' % (good, b"b" * 64)
    harbor = harbor_with_tags(quirks=[quirks.Answer(200, body=body, path="/artifacts")])
    async with gateway(harbor) as pc:
        page = await pc.search_tags(NAME)
    assert [tag.name for tag in page.tags] == ["1.0"]
    assert "2 rows of the answer made no sense, and are left out" in page.warnings


@pytest.mark.parametrize("cursor", ["", "2", "api:", "api:0x100", "api:x", "api:2", "other:2x100"])
async def test_a_forged_cursor_is_refused_before_anything_is_asked(cursor: str):
    harbor = harbor_with_tags("1.0")
    async with backend(harbor) as asked:
        with pytest.raises(InvalidArgumentError):
            await asked.list_tags("team/shop/api", cursor=cursor)
    assert harbor.requests == []
