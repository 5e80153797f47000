"""Searching any registry: by its own search where it has one, else among the names in its list."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from tests.doubles.quay import QuayDouble
from tests.plugins.conftest import asked
from tests.plugins.oci_gateway import PASSWORD, USER, backend_of, gateway, names, telling, whole

from portcall import Portcall
from portcall.errors import InvalidArgumentError, PortcallError, UnauthorizedError, UnsupportedError
from portcall.settings import Settings
from portcall.testing import BasicAuth, BearerAuth, Reply, Request, V1Search, quirks
from portcall.testing.quirks import Context, Quirk

pytestmark = pytest.mark.anyio

SEARCH, CATALOG = "/v1/search", "/v2/_catalog"
NAMES = ["base/api-gateway", "shop/api", "shop/api-docs", "shop/web", "tools/rapier"]
SHOP = V1Search({"shop/web": "Sells what the API has"}, stars={"shop/api": 7}, official=frozenset({"shop/api"}))
BY_NAME = "found by name among reg.test's list of repositories; descriptions are not searched"
#: Who would be asked on the internet.
VENDORS = ("portcall:dockerhub", "portcall:ghcr", "portcall:quay")
MANY = [f"team/app-{number:03}" for number in range(250)]


async def searched(pc: Portcall, query: str, limit: int) -> list[str]:
    """Return the names of all pages."""
    return await whole(lambda cursor: pc.search_images(query, "reg.test", limit, cursor), limit)


# By the registry's own search


async def test_a_registry_with_a_search_is_asked_once_and_descriptions_count():
    async with gateway(holding=NAMES, search=SHOP) as (pc, registry):
        page = await pc.search_images("API", "reg.test")
        assert asked(registry) == ["GET search?q=API&n=100&page=1"]
    assert names(page.images) == ["base/api-gateway", "shop/api", "shop/api-docs", "shop/web", "tools/rapier"]
    assert (page.total, page.next_cursor, page.warnings) == (5, None, ())


async def test_what_is_told_of_each_is_what_the_registry_tells():
    async with gateway(holding=NAMES, search=SHOP) as (pc, _):
        images = {image.name: image for image in (await pc.search_images("api", "reg.test")).images}
    api, web = images["reg.test/shop/api"], images["reg.test/shop/web"]
    assert (api.stars, api.description, api.is_official, api.is_private) == (7, None, True, None)
    assert (web.stars, web.description, web.is_official) == (0, "Sells what the API has", None)
    assert (web.reference, web.registry) == ("reg.test/shop/web", "reg.test")


@pytest.mark.parametrize("limit", [30, 100, 1000])
async def test_its_pages_lose_and_repeat_nothing(limit: int):
    async with gateway(holding=MANY, search=V1Search()) as (pc, registry):
        assert await searched(pc, "app", limit) == MANY
        assert len(registry.requests) == 3


@dataclass(frozen=True)
class Endless(Quirk):
    """Says that there are fifty pages of a search, and more."""

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        number = request.parameter("page")
        rows = [{"name": f"team/app-{number}"}]
        return reply.with_body(json.dumps({"results": rows, "num_pages": 5000, "num_results": 5000}).encode())


async def test_the_end_of_a_search_without_end_is_told():
    async with gateway(Endless(path=SEARCH), holding=NAMES, search=SHOP) as (pc, _):
        backend = backend_of(pc)
        last_but_one = await backend.search("app", limit=10, cursor="found:98:0:1::")
        last = await backend.search("app", limit=10, cursor=last_but_one.next)
    assert (last_but_one.warnings, last.total, last.next) == ((), 5000, None)
    assert names(last.repositories) == ["team/app-100"]
    assert last.warnings == ("only the first 100 pages of the registry's search were read",)


@pytest.mark.parametrize("odd", [{}, {"name": "\ud800"}], ids=["names", "half a surrogate"])
async def test_a_search_that_knows_no_pages_is_told_once(odd: dict[str, str]):
    answer = telling(SEARCH, {"results": [{"name": "shop/api"}, odd], "num_pages": 50, "num_results": 5000})
    async with gateway(answer, holding=NAMES, search=SHOP) as (pc, registry):
        page = await pc.search_images("api", "reg.test", 10)
        assert len(registry.requests) == 2
    assert (names(page.images), page.next_cursor) == (["shop/api"], None)
    assert "the registry's search tells the same page again and again" in page.warnings


async def test_a_search_that_tells_no_more_says_so():
    async with gateway(holding=MANY, search=V1Search(last_page=2)) as (pc, _):
        page = await pc.search_images("app", "reg.test", 1000)
    assert names(page.images) == MANY[:200]
    assert page.warnings == ("the registry found more, but tells no more than 2 pages",)


async def test_rows_that_make_no_sense_are_left_out_and_so_are_values():
    rows: list[Any] = [None, 7, {}, {"name": 5}, *({"name": name} for name in ["", "../x", "a//b", "A/b", "a:1"])]
    rows += [{"name": "a/b", "star_count": -1, "is_official": "yes", "is_public": False, "description": ["x"]}]
    async with gateway(telling(SEARCH, {"results": rows}), holding=NAMES) as (pc, _):
        page = await pc.search_images("a", "reg.test")
    (image,) = page.images
    assert image.name == "reg.test/a/b"
    assert (image.stars, image.is_official, image.is_private, image.description) == (None, None, True, None)
    assert page.warnings == ("9 rows of the answer made no sense, and are left out",)


async def test_a_search_that_tells_everything_at_once_is_cut_into_pages():
    rows = [{"name": f"team/app-{number:05}"} for number in range(20_000)]
    answer = telling(SEARCH, {"results": rows, "num_results": 20_000})
    async with gateway(answer, holding=[]) as (pc, registry):
        first = await pc.search_images("app", "reg.test", 1000)
        second = await pc.search_images("app", "reg.test", 1000, first.next_cursor or "")
        assert len(registry.requests) == 1
    assert names((*first.images, *second.images)) == [row["name"] for row in rows[:2000]]
    assert first.total == 20_000


async def test_a_quay_that_is_asked_as_any_registry_answers_its_first_search():
    with QuayDouble().serve() as address:
        registries = {"quay.test": {"endpoint": address.url}}
        settings = Settings.model_validate({"registries": registries, "network": {"proxy": "none"}})
        async with Portcall(settings) as pc:
            (image,) = (await pc.search_images("node-exporter", "quay.test")).images
    assert (image.name, image.is_private, image.stars) == ("quay.test/prometheus/node-exporter", False, None)


# By name, among the registry's list


async def test_without_a_search_names_are_looked_through_and_that_is_said():
    async with gateway(holding=NAMES) as (pc, registry):
        page = await pc.search_images("rap", "reg.test")
        assert asked(registry) == ["GET search?q=rap&n=100&page=1", "GET catalog?n=1000"]
    (image,) = page.images
    assert (image.name, image.description, image.is_official) == ("reg.test/tools/rapier", None, None)
    assert (page.total, page.warnings) == (1, (BY_NAME,))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("api", ["shop/api", "shop/api-docs", "base/api-gateway", "tools/rapier"]),
        ("API  Shop", ["shop/api", "shop/api-docs"]),
        ("shop/api", ["shop/api", "shop/api-docs"]),
        ("docs api", ["shop/api-docs"]),
        ("nginx", []),
    ],
)
async def test_a_name_is_found_that_holds_every_word_the_nearest_first(query: str, expected: list[str]):
    async with gateway(holding=NAMES) as (pc, _):
        assert names((await pc.search_images(query, "reg.test")).images) == expected


@pytest.mark.parametrize("limit", [1, 7, 1000])
@pytest.mark.parametrize("page_size", [13, None])
async def test_pages_of_the_list_lose_and_repeat_nothing(limit: int, page_size: int | None):
    wanted = [name for name in MANY if "7" in name]
    async with gateway(holding=MANY, page_size=page_size) as (pc, _):
        assert sorted(await searched(pc, "7", limit)) == wanted


async def test_an_empty_list_is_not_nothing_found():
    async with gateway(quirks.EmptyCatalog(), holding=NAMES) as (pc, _):
        page = await pc.search_images("api", "reg.test")
    assert page.images == ()
    assert page.warnings == (BY_NAME, "reg.test tells an empty list: it may show this caller nothing")


@pytest.mark.parametrize(
    "garbage",
    [
        quirks.Answer(200, body=b"<html>", content_type="text/html", path=SEARCH),
        quirks.Answer(200, body=b'{"results": {', path=SEARCH),
        telling(SEARCH, {"results": "none"}),
        telling(SEARCH, []),
        quirks.Answer(401, path=SEARCH),
        quirks.Answer(401, headers={"WWW-Authenticate": 'Basic realm="search"'}, path=SEARCH),
        quirks.Answer(403, path=SEARCH),
        quirks.Answer(405, path=SEARCH),
        quirks.Redirect("http://169.254.169.254/", path=SEARCH),
        quirks.HugeBody(path=SEARCH),
    ],
    ids=repr,
)
async def test_what_is_no_search_is_as_good_as_none(garbage: Quirk):
    async with gateway(garbage, holding=NAMES, search=SHOP) as (pc, registry):
        page = await pc.search_images("web", "reg.test")
        assert registry.fired(type(garbage)) > 0
    assert (names(page.images), page.warnings[-1]) == (["shop/web"], BY_NAME)


async def test_a_search_that_fails_is_made_up_for_and_its_failure_told():
    async with gateway(quirks.Answer(501, path=SEARCH), holding=NAMES) as (pc, _):
        page = await pc.search_images("web", "reg.test")
    assert names(page.images) == ["shop/web"]
    assert page.warnings == ("the search failed: reg.test answered 501 when asked for search", BY_NAME)


# Neither, and who may not


@pytest.mark.parametrize("status", [401, 403, 404, 405])
async def test_a_registry_with_neither_costs_two_requests_and_says_what_works(status: int):
    async with gateway(quirks.NoCatalog(status), holding=NAMES) as (pc, registry):
        with pytest.raises(UnsupportedError) as refused:
            await pc.search_images("api", "reg.test")
        assert [request.kind for request in registry.requests if request.kind != "token"] == ["search", "catalog"]
    assert refused.value.message == "reg.test keeps no list of its repositories for this caller, and has no search"
    assert "search_tags" in refused.value.hint
    assert "get_image_details" in refused.value.hint


async def test_that_there_is_neither_is_remembered_for_a_while():
    async with gateway(quirks.NoCatalog(404), holding=NAMES) as (pc, registry):
        for _ in range(3):
            with pytest.raises(UnsupportedError):
                await pc.search_images("api", "reg.test")
        assert len(registry.requests) == 2


async def test_a_search_that_failed_is_no_absence_where_there_is_no_list_either():
    async with gateway(quirks.Answer(501, path=SEARCH), quirks.NoCatalog(404), holding=NAMES) as (pc, _):
        with pytest.raises(PortcallError) as failed:
            await pc.search_images("api", "reg.test")
    assert failed.value.code == "upstream_error"


@pytest.mark.parametrize(
    ("quirk", "code"),
    [
        (quirks.Answer(429, path=SEARCH), "rate_limited"),
        (quirks.Answer(429, path=CATALOG), "rate_limited"),
        (quirks.Answer(501, path=CATALOG), "upstream_error"),
        (quirks.HtmlPage(path=CATALOG), "upstream_error"),
        (quirks.Answer(403, body=b"<html>", content_type="text/html"), "upstream_error"),
    ],
    ids=repr,
)
async def test_an_outage_is_never_nothing_found(quirk: Quirk, code: str):
    async with gateway(quirk, holding=NAMES) as (pc, _):
        with pytest.raises(PortcallError) as failed:
            await pc.search_images("api", "reg.test")
    assert failed.value.code == code


@pytest.mark.parametrize("search", [SHOP, None], ids=["search", "list"])
@pytest.mark.parametrize("kind", [BasicAuth, BearerAuth])
async def test_credentials_open_search_and_list(kind: type[BasicAuth | BearerAuth], search: V1Search | None):
    auth = kind({USER: PASSWORD})
    async with gateway(holding=NAMES, password=PASSWORD, auth=auth, search=search) as (pc, _):
        page = await pc.search_images("web", "reg.test")
    assert names(page.images) == ["shop/web"]
    assert page.warnings == (() if search else (BY_NAME,))


@pytest.mark.parametrize("search", [SHOP, None], ids=["search", "list"])
async def test_a_wrong_password_is_said_to_be_wrong_and_shown_once(search: V1Search | None):
    auth = BasicAuth({USER: PASSWORD})
    async with gateway(holding=NAMES, password="canary-wrong", auth=auth, search=search) as (pc, registry):
        for query in ("web", "api"):
            with pytest.raises(UnauthorizedError, match="refused the credentials") as refused:
                await pc.search_images(query, "reg.test")
            assert "canary" not in str(refused.value) + refused.value.hint
        assert len([request for request in registry.requests if request.scheme_used]) == 1


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "other:0:0:0::", "found:0:0:0:", "found:99999:0:0::", "names:0:x:0::", "names:0:0:0:nomark:"],
)
async def test_a_cursor_that_is_none_is_refused_unasked(cursor: str):
    async with gateway(holding=NAMES) as (pc, registry):
        with pytest.raises(InvalidArgumentError, match="cursor"):
            await backend_of(pc).search("api", limit=10, cursor=cursor)
        assert registry.requests == []


async def test_a_search_that_is_gone_when_the_next_page_is_asked_for_says_so():
    async with gateway(holding=MANY, search=V1Search()) as (pc, registry):
        first = await backend_of(pc).search("app", limit=10)
        registry.add(quirks.Answer(404))
        page = await backend_of(pc).search("app", limit=10, cursor=first.next)
    assert (page.repositories, page.next) == ((), None)
    assert page.warnings == ("the registry's search broke off here",)


# Among others


async def test_in_a_search_of_all_registries_each_says_how_it_fared():
    async with (
        gateway(holding=NAMES) as (_, listing),
        gateway(quirks.NoCatalog(), holding=NAMES) as (_, neither),
        gateway(quirks.Answer(501), holding=NAMES) as (_, down),
    ):
        entries = {"a.test": listing, "b.test": neither, "c.test": down}
        registries = {name: {"endpoint": registry.address.url} for name, registry in entries.items()}
        settings = Settings.model_validate(
            {"registries": registries, "network": {"proxy": "none"}, "plugins": {"disabled": list(VENDORS)}}
        )
        async with Portcall(settings) as pc:
            page = await pc.search_images("web", "all")
    assert [image.name for image in page.images] == ["a.test/shop/web"]
    told = {source.registry: (source.status, source.total) for source in page.sources}
    assert told == {"a.test": ("ok", 1), "b.test": ("unsupported", None), "c.test": ("failed", None)}


async def test_it_is_offered_for_any_registry_since_only_asking_tells():
    async with gateway(holding=[]) as (pc, registry):
        (info,) = (await pc.list_registries("reg.test")).registries
        assert registry.requests == []
    assert {"search", "repositories"} <= set(info.capabilities)


async def test_a_host_that_nobody_listed_is_searched_too():
    async with gateway(holding=NAMES) as (_, registry), Portcall(Settings()) as pc:
        host = registry.address.netloc
        page = await pc.search_images("web", host)
        below = await pc.list_repositories("tools", host)
    assert [image.name for image in page.images] == [f"{host}/shop/web"]
    assert [image.name for image in below.repositories] == [f"{host}/tools/rapier"]
