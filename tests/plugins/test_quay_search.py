"""Searching a Quay: ten at a time, a hundred at most, by names and descriptions."""

from __future__ import annotations

import pytest
from tests.doubles.quay import (
    OAUTH_TOKEN,
    HtmlInsteadOfJson,
    MalformedRow,
    Outage,
    QuayDouble,
    TooManyRequests,
)
from tests.plugins.quay_backend import backend

from portcall.errors import (
    InvalidArgumentError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
    UpstreamError,
)
from portcall.testing import quirks

pytestmark = pytest.mark.anyio


async def test_what_is_found_has_its_stars_and_date_and_a_name_to_ask_for():
    async with backend() as quay:
        page = await quay.search("node-exporter", limit=10)
    (found,) = page.repositories
    assert (found.name, found.reference) == ("quay.io/prometheus/node-exporter",) * 2
    assert (found.stars, found.last_updated, found.is_private) == (12, "2023-09-22T00:00:00Z", False)
    assert found.description == "Exporter for machine metrics"
    assert found.web_url is not None
    assert found.web_url.endswith("/repository/prometheus/node-exporter")
    assert (page.next, page.warnings) == (None, ())


async def test_popularity_is_no_count_of_pulls_and_nobody_is_called_official():
    async with backend() as quay:
        (found,) = (await quay.search("node-exporter", limit=10)).repositories
    assert (found.pulls, found.is_official, found.size) == (None, None, None)


async def test_nothing_found_is_an_empty_page():
    async with backend() as quay:
        page = await quay.search("no such words anywhere", limit=10)
    assert (page.repositories, page.next, page.warnings) == ((), None, ())


async def test_ten_come_at_a_time_and_the_cursor_leads_on():
    double = QuayDouble()
    async with backend(double) as quay:
        first = await quay.search("image", limit=25)
        second = await quay.search("image", limit=25, cursor=first.next)
    names = [found.name for page in (first, second) for found in page.repositories]
    assert names == [f"quay.io/bulk/image-{number:03}" for number in range(20)]
    assert double.count("conductRepoSearch") == 2


async def test_the_hundredth_is_the_last_and_that_there_are_more_is_said():
    names: list[str] = []
    double, cursor, warnings = QuayDouble(), None, ()
    async with backend(double) as quay:
        while True:
            page = await quay.search("image", limit=10, cursor=cursor)
            names += [found.name for found in page.repositories]
            cursor, warnings = page.next, page.warnings
            if cursor is None:
                break
    assert (len(names), len(set(names)), double.count()) == (100, 100, 10)
    assert warnings == ("quay.io found more, but tells no more than 10 pages of any search; narrow the query",)


async def test_a_quay_that_stops_earlier_repeats_no_page():
    async with backend(QuayDouble(search_pages=2)) as quay:
        page = await quay.search("image", limit=10, cursor="3")
    assert (page.repositories, page.next) == ((), None)
    assert "no more than 2 pages" in page.warnings[0]


async def test_who_searches_for_a_namespace_is_told_that_none_is_looked_at():
    async with backend() as quay:
        page = await quay.search("prometheus/busybox", limit=10)
    assert page.repositories == ()
    assert page.warnings == ("quay.io looks at names and descriptions; list_repositories tells a namespace's",)


@pytest.mark.parametrize("query", ["a&b=c#d", "../../user", "für\x00", "100%", "a?public=false"])
async def test_any_words_stay_words(query: str):
    double = QuayDouble()
    async with backend(double) as quay:
        await quay.search(query, limit=10)
    (asked,) = double.requests
    assert asked.parameter("query") == query


@pytest.mark.parametrize("cursor", ["", "0", "11", "-1", "two", "٢", "1" * 40])
async def test_a_cursor_that_is_none_is_refused_before_anything_is_asked(cursor: str):
    double = QuayDouble()
    async with backend(double) as quay:
        with pytest.raises(InvalidArgumentError):
            await quay.search("image", limit=10, cursor=cursor)
    assert double.requests == []


@pytest.mark.parametrize(
    "row",
    [
        None,
        42,
        {"name": 7},
        {"name": "x", "namespace": None},
        {"name": "app:evil", "namespace": {"name": "acme"}},
        {"name": "../app", "namespace": {"name": "acme"}},
    ],
)
async def test_a_row_that_makes_no_sense_is_left_out_and_said_to_be(row: object):
    async with backend(QuayDouble(quirks=[MalformedRow(row=row)])) as quay:
        page = await quay.search("image", limit=10)
    assert len(page.repositories) == 9
    assert page.warnings == ("1 row of the answer made no sense, and is left out",)


async def test_an_answer_without_results_is_none():
    async with backend(QuayDouble(quirks=[quirks.Answer(200, body=b"{}", path="/api/")])) as quay:
        with pytest.raises(UpstreamError, match="holds no results"):
            await quay.search("image", limit=10)


async def test_too_many_requests_are_said_to_be_that_though_the_answer_is_a_page():
    async with backend(QuayDouble(quirks=[TooManyRequests()])) as quay:
        with pytest.raises(RateLimitedError) as limited:
            await quay.search("image", limit=10)
    assert (limited.value.retry_after, limited.value.registry) == (None, "quay.io")


@pytest.mark.parametrize(
    "outage", [Outage(status=502, retry_after=900), HtmlInsteadOfJson(), HtmlInsteadOfJson(status=403)]
)
async def test_a_page_instead_of_an_answer_is_an_outage(outage: quirks.Quirk):
    async with backend(QuayDouble(quirks=[outage])) as quay:
        with pytest.raises(UnavailableError):
            await quay.search("image", limit=10)


async def test_a_quay_that_wants_a_login_says_which_one():
    async with backend(QuayDouble(anonymous_access=False)) as quay:
        with pytest.raises(UnauthorizedError) as refused:
            await quay.search("image", limit=10)
    assert "OAuth application tokens" in refused.value.hint


async def test_with_a_token_private_repositories_are_found_and_said_to_be_private():
    async with backend(token=OAUTH_TOKEN) as quay:
        (found,) = (await quay.search("internal", limit=10)).repositories
    assert (found.name, found.is_private) == ("quay.io/prometheus/internal", True)
