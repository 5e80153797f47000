"""The repositories of any registry that keeps a list of them: a namespace's, or all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from tests.plugins.conftest import asked
from tests.plugins.oci_gateway import backend_of, gateway, names, telling, whole

from portcall import Portcall
from portcall.errors import (
    BlockedError,
    InvalidArgumentError,
    NotFoundError,
    PortcallError,
    UnsupportedError,
    UpstreamError,
)
from portcall.testing import Reply, Request, quirks
from portcall.testing.quirks import Context, Quirk

pytestmark = pytest.mark.anyio

CATALOG = "/v2/_catalog"
NAMES = ["alpine", "team/api", "team/tools/lint", "team/web", "team-b/api", "teams/api"]


async def listed(pc: Portcall, namespace: str, limit: int) -> list[str]:
    """Return the names of all pages."""
    return await whole(lambda cursor: pc.list_repositories(namespace, "reg.test", limit, cursor), limit)


async def test_a_namespace_is_all_that_is_below_it_and_nothing_beside_it():
    async with gateway(holding=NAMES) as (pc, registry):
        page = await pc.list_repositories("team", "reg.test")
        assert asked(registry) == ["GET catalog?n=1000"]
    assert names(page.repositories) == ["team/api", "team/tools/lint", "team/web"]
    assert (page.total, page.next_cursor, page.warnings) == (3, None, ())


async def test_what_is_told_of_each_is_its_name():
    async with gateway(holding=NAMES) as (pc, _):
        first = (await pc.list_repositories("team", "reg.test")).repositories[0]
    assert (first.name, first.reference, first.registry) == ("reg.test/team/api", "reg.test/team/api", "reg.test")
    assert (first.description, first.stars, first.is_official, first.is_private) == (None, None, None, None)


@pytest.mark.parametrize("namespace", ["team/tools", "/team/tools/", " Team/Tools "])
async def test_a_namespace_may_be_written_as_people_do(namespace: str):
    async with gateway(holding=NAMES) as (pc, _):
        assert names((await pc.list_repositories(namespace, "reg.test")).repositories) == ["team/tools/lint"]


async def test_no_namespace_is_everything():
    async with gateway(holding=NAMES) as (pc, _):
        assert backend_of(pc).lists_everything
        assert names((await pc.list_repositories("", "reg.test")).repositories) == sorted(NAMES)


@pytest.mark.parametrize("limit", [1, 2, 3, 25])
@pytest.mark.parametrize("page_size", [1, 2, 4, None])
async def test_pages_of_any_size_lose_and_repeat_nothing(limit: int, page_size: int | None):
    async with gateway(page_size=page_size, holding=NAMES) as (pc, _):
        assert await listed(pc, "team", limit) == ["team/api", "team/tools/lint", "team/web"]


async def test_how_many_there_are_is_told_of_a_list_that_was_seen_whole():
    async with gateway(holding=NAMES, page_size=5) as (pc, _):
        page = await pc.list_repositories("", "reg.test")
    assert (len(page.repositories), page.total) == (6, None)


async def test_only_as_much_of_the_list_is_read_as_is_wanted():
    many = [f"team/app-{number:02}" for number in range(40)]
    async with gateway(holding=many, page_size=10) as (pc, registry):
        page = await pc.list_repositories("team", "reg.test", limit=12)
        assert registry.count("catalog") == 2
    assert len(page.repositories) == 12
    assert page.total is None


async def test_the_backend_tells_one_page_of_the_list_at_a_time():
    async with gateway(page_size=2, holding=NAMES) as (pc, registry):
        first = await backend_of(pc).list_repositories("teams", limit=25)
        assert (first.repositories, first.warnings) == ((), ())
        assert first.next is not None
        assert registry.count("catalog") == 1


# Nothing there


async def test_a_namespace_that_the_whole_list_does_not_know_is_not_found():
    async with gateway(page_size=2, holding=NAMES) as (pc, registry):
        with pytest.raises(NotFoundError, match=r"reg\.test lists no repository below tea/"):
            await pc.list_repositories("tea", "reg.test")
        assert registry.count("catalog") == 3


async def test_a_repository_is_no_namespace():
    async with gateway(holding=NAMES) as (pc, _):
        with pytest.raises(NotFoundError):
            await pc.list_repositories("alpine", "reg.test")


async def test_a_list_that_broke_off_finds_nothing_and_does_not_say_that_there_is_nothing():
    async with gateway(quirks.LinkElsewhere("http://169.254.169.254"), page_size=2, holding=NAMES) as (pc, _):
        page = await pc.list_repositories("teams", "reg.test")
    assert (page.repositories, page.total) == ((), None)
    assert "another host" in page.warnings[0]


async def test_a_page_without_any_is_no_reason_to_give_up():
    lone = [f"a/{number:02}" for number in range(30)] + ["z/only"]
    async with gateway(holding=lone, page_size=1) as (pc, _):
        assert await listed(pc, "z", 25) == ["z/only"]


@pytest.mark.parametrize("namespace", ["", "team"])
async def test_an_empty_list_may_hide_everything(namespace: str):
    async with gateway(quirks.EmptyCatalog(), holding=NAMES) as (pc, _):
        if namespace:
            with pytest.raises(NotFoundError, match="or shows none to this caller"):
                await pc.list_repositories(namespace, "reg.test")
        else:
            page = await pc.list_repositories(namespace, "reg.test")
            assert page.repositories == ()
            assert page.warnings == ("reg.test tells an empty list: it may show this caller nothing",)


@pytest.mark.parametrize("namespace", ["..", "a//b", "a b", "a:1", "a@sha256:0", "é", "a/../b", "-", "x" * 256])
async def test_what_is_no_namespace_is_refused_unasked(namespace: str):
    async with gateway(holding=NAMES) as (pc, registry):
        with pytest.raises(InvalidArgumentError, match="`namespace`"):
            await pc.list_repositories(namespace, "reg.test")
        assert registry.requests == []


# Registries that do not tell, or tell nonsense


@pytest.mark.parametrize("status", [401, 403, 404, 405])
async def test_a_registry_without_a_list_is_said_to_have_none_and_what_works_all_the_same(status: int):
    async with gateway(quirks.NoCatalog(status), holding=NAMES) as (pc, _):
        with pytest.raises(UnsupportedError, match="keeps no list") as refused:
            await pc.list_repositories("team", "reg.test")
    assert "search_tags" in refused.value.hint
    assert refused.value.registry == "reg.test"


@pytest.mark.parametrize(
    ("quirk", "code"),
    [
        (quirks.Answer(429), "rate_limited"),
        (quirks.Answer(501), "upstream_error"),
        (quirks.HtmlPage(), "upstream_error"),
        (quirks.Answer(403, body=b"<html>", content_type="text/html"), "upstream_error"),
        (quirks.HugeBody(), "too_large"),
    ],
    ids=repr,
)
async def test_an_outage_is_neither_an_absence_nor_an_empty_list(quirk: Quirk, code: str):
    async with gateway(quirk, holding=NAMES) as (pc, _):
        with pytest.raises(PortcallError) as failed:
            await pc.list_repositories("team", "reg.test")
    assert failed.value.code == code


async def test_names_that_are_none_cost_themselves_alone_and_are_counted():
    rows = ["team/api", "../team/x", "team//b", "Team/API", 7, None, "team/web", "team/api"]
    async with gateway(telling(CATALOG, {"repositories": rows}), holding=NAMES) as (pc, _):
        page = await pc.list_repositories("team", "reg.test")
    assert names(page.repositories) == ["team/api", "team/web"]
    assert page.warnings == ("5 rows of the answer made no sense, and are left out",)


async def test_a_hundred_thousand_names_at_once_come_a_page_at_a_time():
    rows = [f"team/app-{number:06}" for number in range(100_000)]
    async with gateway(telling(CATALOG, {"repositories": rows}), holding=NAMES) as (pc, registry):
        first = await pc.list_repositories("team", "reg.test", limit=1000)
        second = await pc.list_repositories("team", "reg.test", 1000, first.next_cursor or "")
        assert registry.count("catalog") == 1
        page = await backend_of(pc).list_repositories("", limit=10)
    assert names(first.repositories) + names(second.repositories) == rows[:2000]
    assert first.total == 100_000
    assert len(page.repositories) == 1000


async def test_a_list_that_leads_back_to_itself_is_told_once_and_said_to():
    async with gateway(quirks.LoopingLink(), holding=NAMES) as (pc, _):
        page = await pc.list_repositories("", "reg.test")
    assert names(page.repositories) == sorted(NAMES)
    assert page.next_cursor is None
    assert any("circle" in warning for warning in page.warnings)


async def test_a_list_that_begins_anew_is_told_once_and_said_to():
    async with gateway(
        telling(CATALOG, {"repositories": ["a/a", "a/b"]}, Link='</v2/_catalog?last=a/b>; rel="next"'),
        holding=NAMES,
    ) as (pc, _):
        page = await pc.list_repositories("a", "reg.test")
    assert names(page.repositories) == ["a/a", "a/b"]
    assert page.warnings == ("the registry begins its list anew instead of going on",)


@dataclass(frozen=True)
class Pages(Quirk):
    """Tells one name a page, ``team/app-1``, and leads to the next page where ``leads`` does not say another."""

    leads: Mapping[int, int] = field(default_factory=dict)

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        number = int(request.parameter("p") or 1)
        link = f"</v2/_catalog?p={self.leads.get(number, number + 1)}>; rel=next"
        body = json.dumps({"repositories": [f"team/app-{number}"]}).encode()
        return Reply(headers={"Content-Type": "application/json", "Link": link}, body=body)


async def test_a_circle_back_to_the_first_page_ends_there_and_is_told_once():
    async with gateway(Pages(leads={2: 1}, path=CATALOG), holding=[]) as (pc, registry):
        page = await pc.list_repositories("", "reg.test", 100)
        assert registry.count("catalog") == 3
    assert names(page.repositories) == ["team/app-1", "team/app-2"]
    assert (page.next_cursor, page.warnings) == (None, ("the registry's list goes round in a circle",))


async def test_a_circle_behind_the_first_page_is_noticed_from_call_to_call():
    async with gateway(Pages(leads={4: 2}, path=CATALOG), holding=[]) as (pc, _):
        told = await listed(pc, "", 2)
    assert set(told) == {f"team/app-{number}" for number in (1, 2, 3, 4)}
    assert len(told) == 12


async def test_a_list_without_end_ends_and_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("portcall_oci.names.MOST_PAGES", 5)
    async with gateway(Pages(path=CATALOG), holding=[]) as (pc, _):
        page = await pc.list_repositories("", "reg.test", 100)
    assert (len(page.repositories), page.next_cursor) == (5, None)
    assert page.warnings == ("only the first 5 pages of the registry's list were read",)


@pytest.mark.parametrize(
    "cursor", ["", "x", "found:0:0:0:", "names:0:0:2::", "names:-1:0:0::", "names:0:0:0:", "names:٢:0:0::/v2/"]
)
async def test_a_cursor_that_is_none_is_refused_unasked(cursor: str):
    async with gateway(holding=NAMES) as (pc, registry):
        with pytest.raises(InvalidArgumentError, match="cursor"):
            await backend_of(pc).list_repositories("team", limit=10, cursor=cursor)
        assert registry.requests == []


@pytest.mark.parametrize(
    "place", ["https://evil.example/", "@evil.example/", "//evil.example/", "/v2/\ud800", "/\n"]
)
async def test_a_forged_cursor_leads_nowhere_else(place: str):
    async with gateway(holding=NAMES) as (pc, registry):
        with pytest.raises((InvalidArgumentError, BlockedError, UnsupportedError, UpstreamError)):
            await backend_of(pc).list_repositories("team", limit=10, cursor=f"names:1:0:0::{place}")
        assert {one.host for one in registry.requests} <= {registry.address.netloc}
