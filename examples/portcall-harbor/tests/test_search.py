"""Searching: Harbor looks at names, and this plugin sees that nothing else is made of what people type."""

from __future__ import annotations

import json

import pytest
from portcall.errors import InvalidArgumentError
from portcall.testing import Reply, Request, quirks

from harbor_double import PULL, About, Account, HarborDouble, Project
from wiring import AMD64, HOST, backend, gateway

pytestmark = pytest.mark.anyio


def holding(*repositories: str, **more: object) -> HarborDouble:
    """Return a Harbor with an image in each of these repositories."""
    harbor = HarborDouble(**more)  # type: ignore[arg-type]
    for repository in repositories:
        harbor.push(repository, AMD64, tags=["1.0"])
    return harbor


async def test_a_repository_is_found_by_a_part_of_its_name_with_all_that_is_told_of_it():
    harbor = holding("library/nginx", "team/nginx-proxy", "team/postgres")
    harbor.site.about["team/nginx-proxy"] = About("# Proxy\n\nIn front of all.", 1200, "2024-06-01T10:00:00.000Z")
    async with gateway(harbor) as pc:
        found = await pc.search_images("nginx", HOST)
    proxy, plain = found.images
    assert (proxy.name, plain.name) == (f"{HOST}/team/nginx-proxy", f"{HOST}/library/nginx")
    assert (proxy.description, proxy.pulls, proxy.last_updated) == ("Proxy", 1200, "2024-06-01T10:00:00.000Z")
    assert proxy.web_url == f"https://{HOST}/harbor/projects/2/repositories/nginx-proxy"
    assert (proxy.readme, proxy.size, found.total) == (None, None, 2)


async def test_the_most_pulled_come_first():
    harbor = holding("team/a", "team/b", "team/c")
    harbor.site.about.update({"team/b": About(pulls=9), "team/c": About(pulls=90)})
    async with gateway(harbor) as pc:
        found = await pc.search_images("team", HOST)
    assert [image.pulls for image in found.images] == [90, 9, 0]


async def test_a_page_asks_for_as_many_rows_as_are_wanted_and_the_next_goes_on():
    harbor = holding(*(f"team/app-{number:02}" for number in range(25)))
    async with gateway(harbor) as pc:
        first = await pc.search_images("app", HOST, limit=10)
        second = await pc.search_images("app", HOST, limit=10, cursor=first.next_cursor or "")
        third = await pc.search_images("app", HOST, limit=10, cursor=second.next_cursor or "")
    names = [image.name for page in (first, second, third) for image in page.images]
    assert len(set(names)) == len(names) == first.total == 25
    assert third.next_cursor is None
    assert [asked.partition("page=")[2] for asked in harbor.api_requests] == [
        "1&page_size=10",
        "2&page_size=10",
        "3&page_size=10",
    ]


async def test_more_than_a_hundred_are_asked_for_a_hundred_at_a_time():
    harbor = holding(*(f"team/app-{number:03}" for number in range(130)))
    async with gateway(harbor) as pc:
        found = await pc.search_images("app", HOST, limit=1000)
    assert len(found.images) == 130
    assert len(harbor.api_requests) == 2


async def test_of_several_words_each_is_in_the_name():
    harbor = holding("team/shop/api", "team/shop/web", "library/api")
    async with gateway(harbor) as pc:
        found = await pc.search_images("API shop", HOST)
    assert [image.name for image in found.images] == [f"{HOST}/team/shop/api"]
    assert found.total is None


async def test_the_hosts_name_is_no_part_of_a_repositorys():
    async with gateway(holding("team/shop/api")) as pc:
        found = await pc.search_images("corp shop/api", HOST)
    assert "corp" in HOST
    assert found.images == ()


@pytest.mark.parametrize(
    "query", ["a,public=true", "name=~x", "100%25", "a+b", "naïve", "{a b}", "[1~2]", "x\\y", "~"]
)
async def test_what_means_something_in_harbors_query_language_is_never_sent(query: str):
    harbor = holding("library/nginx")
    async with gateway(harbor) as pc:
        found = await pc.search_images(query, HOST)
    assert (found.images, found.total, harbor.api_requests) == ((), 0, [])
    assert any("nothing but names is searched" in warning for warning in found.warnings)


async def test_a_private_project_is_found_by_those_alone_who_may_see_it():
    ada = Account("ada", "Correct-horse-1", {"secret": PULL})
    harbor = holding("secret/app", projects=[Project("secret", public=False)], accounts=[ada])
    async with gateway(harbor) as pc:
        assert (await pc.search_images("app", HOST)).images == ()
    async with gateway(harbor, ada) as pc:
        assert len((await pc.search_images("app", HOST)).images) == 1


async def test_it_is_one_of_all_the_registries_that_are_searched():
    harbor = holding("team/nginx")
    # The others, which are elsewhere, are out of bounds here.
    bounds = {"PORTCALL_NETWORK__ALLOW_HOSTS": json.dumps([HOST])}
    async with gateway(harbor, environ=bounds) as pc:
        found = await pc.search_images("nginx", "all")
    statuses = {source.registry: source.status for source in found.sources}
    assert (statuses.pop(HOST), set(statuses.values())) == ("ok", {"failed"})
    assert [image.name for image in found.images] == [f"{HOST}/team/nginx"]


async def test_rows_that_make_no_sense_cost_themselves_alone():
    rows = b'[{"name": "team/good"}, {"name": 7}, null, "x", {"name": "../etc"}, {"name": "one"}, {"name": "A/b"}]'
    harbor = holding(quirks=[quirks.Answer(200, body=rows, path="/repositories")])
    async with gateway(harbor) as pc:
        found = await pc.search_images("team", HOST)
    assert [image.name for image in found.images] == [f"{HOST}/team/good"]
    assert found.warnings == ("6 rows of the answer made no sense, and are left out",)


async def test_without_a_count_a_full_page_has_another_after_it():
    class Uncounted(quirks.Quirk):
        def spoil(self, request: Request, reply: Reply, context: quirks.Context) -> Reply:
            return reply.with_headers({"X-Total-Count": None})

    harbor = holding("team/a", "team/b", "team/c", quirks=[Uncounted()])
    async with backend(harbor) as asked:
        first = await asked.search("team", limit=2)
        second = await asked.search("team", limit=2, cursor=first.next)
    assert (first.total, first.next, len(second.repositories), second.next) == (None, "2x2", 1, None)


async def test_a_page_without_rows_is_the_last_whatever_the_count_says():
    odd = quirks.Answer(200, body=b"[]", headers={"X-Total-Count": "300"}, path="/repositories")
    harbor = holding("team/a", quirks=[odd])
    async with gateway(harbor) as pc:
        found = await pc.search_images("team", HOST)
    assert (found.images, found.next_cursor, len(harbor.api_requests)) == ((), None, 1)


@pytest.mark.parametrize("cursor", ["", "x", "0x10", "1x0", "1x101", "-1x10", "1x10 ", "1x١٠", "9" * 5000])
async def test_a_forged_cursor_is_refused_before_anything_is_asked(cursor: str):
    harbor = holding("team/a")
    async with backend(harbor) as asked:
        with pytest.raises(InvalidArgumentError):
            await asked.search("team", limit=10, cursor=cursor)
    assert harbor.requests == []
