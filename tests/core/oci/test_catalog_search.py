"""Docker's first search: what is one, how its pages go on, and what of it counts as an outage."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.http.asking import AMD64, PASSWORD, USER, bench, refused, unhurried

from portcall.http.reply import Reply
from portcall.http.upstream import Credentials
from portcall.oci.v1_search import SearchPage, read_search
from portcall.testing import BasicAuth, FakeRegistry, V1Search, quirks
from portcall.testing.quirks import Quirk

pytestmark = pytest.mark.anyio


def filled(*chosen: Quirk, count: int = 3, search: V1Search | None = None, **options: Any) -> FakeRegistry:
    registry = FakeRegistry(quirks=chosen, search=search or V1Search(), **options)
    for number in range(count):
        registry.push(f"team/app-{number:03}", AMD64, tags=["1"])
    return registry


def read(number: int = 1, **document: object) -> SearchPage | None:
    return read_search(Reply(200, {}, json.dumps(document).encode()), number)


async def test_it_is_asked_in_dockers_own_words():
    registry = filled()
    with registry.serve() as address:
        async with bench() as made:
            found = await made.distribution(address).search("app &n=1#/..", 2)
    assert found == SearchPage(())
    (asked,) = registry.requests
    assert (asked.path, asked.parameters) == ("/v1/search", {"q": ["app &n=1#/.."], "n": ["100"], "page": ["2"]})


async def test_pages_go_on_until_the_last():
    with filled(count=250).serve() as address:
        async with bench() as made:
            pages = [await made.distribution(address).search("app", number) for number in (1, 2, 3)]
    told = [(len(page.rows), page.goes_on, page.total) for page in pages if page]
    assert told == [(100, True, 250), (100, True, 250), (50, False, 250)]


async def test_a_last_page_that_is_told_again_is_not_told_twice():
    with filled(count=250, search=V1Search(last_page=2)).serve() as address:
        async with bench() as made:
            found = await made.distribution(address).search("app", 3)
    assert found == SearchPage((), problem="the registry found more, but tells no more than 2 pages")


async def test_credentials_are_shown_where_they_are_asked_for():
    registry = filled(auth=BasicAuth({USER: PASSWORD}))
    with registry.serve() as address:
        async with bench() as made:
            found = await made.distribution(address, credentials=Credentials(USER, PASSWORD)).search("app")
            assert found is not None
            assert len(found.rows) == 3
    assert [one.scheme_used for one in registry.asked("search")] == [None, "basic"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410])
async def test_a_registry_without_one_says_so_by_any_refusal(status: int):
    with filled(quirks.Answer(status)).serve() as address:
        async with bench() as made:
            assert await made.distribution(address).search("app") is None


@pytest.mark.parametrize(
    "body",
    [b"<html></html>", b"", b"[]", b"null", b"{}", b'{"results": null}', b'{"results": {"a": 1}}', b'{"resu'],
)
async def test_what_is_no_search_result_is_none(body: bytes):
    """A web application has one page for every address."""
    with filled(quirks.Answer(200, body=body)).serve() as address:
        async with bench() as made:
            assert await made.distribution(address).search("app") is None


async def test_that_there_is_none_is_remembered_for_a_while():
    registry = filled(quirks.Answer(404))
    with registry.serve() as address:
        async with bench() as made:
            for _ in range(3):
                assert await made.distribution(address).search("app") is None
        assert len(registry.requests) == 1


@pytest.mark.parametrize(("status", "code"), [(429, "rate_limited"), (501, "upstream_error")])
async def test_an_outage_is_no_absence(status: int, code: str):
    with filled(quirks.Answer(status)).serve() as address:
        async with bench() as made:
            with refused(code):
                await made.distribution(address).search("app")


@pytest.mark.parametrize(
    ("told", "goes_on", "total"),
    [
        ({"num_pages": 1, "num_results": 2}, False, 2),
        ({"num_pages": 3, "num_results": 5}, True, 5),
        ({"num_pages": 2, "num_results": 2}, True, None),  # Quay counts the page's own rows
        ({"num_results": 2}, False, 2),
        ({}, False, None),
        ({"num_pages": "many", "num_results": -1}, False, None),
        ({"num_pages": 10**30, "page": True}, False, None),
    ],
)
def test_how_many_there_are_is_told_where_it_is_known(told: dict[str, object], goes_on: bool, total: int | None):
    assert read(results=[{"name": "a"}, {"name": "b"}], **told) == SearchPage(
        ({"name": "a"}, {"name": "b"}), goes_on, total
    )


def test_an_empty_page_is_the_last_whatever_it_says():
    assert read(2, results=[], num_pages=9, page=2) == SearchPage(())


@unhurried
@given(st.binary(max_size=200), st.integers(1, 9))
def test_any_answer_is_a_search_result_or_none(body: bytes, page: int):
    found = read_search(Reply(200, {}, body), page)
    assert found is None or isinstance(found.rows, tuple)
