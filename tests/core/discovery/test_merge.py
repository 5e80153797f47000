"""Several lists are told as one: one row of each in turn, cut anywhere, and nothing lost or told twice."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portcall.discovery.merge import Place, Source, merged, read_position
from portcall.errors import InvalidArgumentError, UnreachableError
from portcall.models import DockerImage
from portcall.pages import RepositoryPage


@dataclass
class Listing:
    """A registry's list, told in pages of any size, some of them empty."""

    name: str
    pages: list[int]
    fails: bool = False

    @property
    def rows(self) -> list[str]:
        return [f"{self.name}/{number}" for number in range(sum(self.pages))]

    async def fetch(self, cursor: str | None) -> RepositoryPage:
        if self.fails:
            raise UnreachableError("down")
        page = int(cursor or 0)
        begin = sum(self.pages[:page])
        names = self.rows[begin : begin + self.pages[page]] if self.pages else []
        images = tuple(DockerImage(name=name, registry=self.name, reference=name) for name in names)
        following = str(page + 1) if page + 1 < len(self.pages) else None
        return RepositoryPage(images, following, sum(self.pages))


def told(listings: list[Listing], limit: int) -> list[str]:
    """Return the rows of all pages, each page asked for by the position that the one before ended at."""
    rows: list[str] = []
    turn, places = 0, tuple(Place() for _ in listings)
    for _ in range(200):
        sources = [Source(one.name, one.fetch, place) for one, place in zip(listings, places, strict=True)]
        page = asyncio.run(merged(sources, limit, turn))
        rows += [image.name for image in page.rows]
        if not page.goes_on:
            return rows
        turn, places = read_position(page.positions[-1], len(listings))
    raise AssertionError("it never ends")


listings = st.lists(st.lists(st.integers(0, 4), max_size=4), min_size=1, max_size=4).map(
    lambda all_pages: [Listing(f"r{number}", pages) for number, pages in enumerate(all_pages)]
)


@settings(deadline=None)
@given(listings, st.integers(1, 12))
def test_pages_of_any_size_tell_the_same(lists: list[Listing], limit: int):
    assert told(lists, limit) == told(lists, 1000)


@settings(deadline=None)
@given(listings, st.integers(1, 12))
def test_nothing_is_lost_and_nothing_told_twice(lists: list[Listing], limit: int):
    rows = told(lists, limit)
    assert sorted(rows) == sorted(row for one in lists for row in one.rows)
    for one in lists:
        assert [row for row in rows if row.startswith(f"{one.name}/")] == one.rows


def test_the_best_of_each_comes_first():
    lists = [Listing("a", [3]), Listing("b", [1, 1]), Listing("c", [1])]
    assert told(lists, 10) == ["a/0", "b/0", "c/0", "a/1", "b/1", "a/2"]


def test_one_that_fails_costs_the_others_nothing():
    lists = [Listing("a", [2]), Listing("b", [1], fails=True)]
    assert told(lists, 10) == ["a/0", "a/1"]


def test_what_was_told_before_a_list_broke_off_is_kept_and_it_goes_on_there():
    listing = Listing("a", [2, 2])

    async def fetch(cursor: str | None) -> RepositoryPage:
        if cursor:
            raise UnreachableError("down")
        return await listing.fetch(cursor)

    source = Source("a", fetch)
    page = asyncio.run(merged([source], 10, 0))
    assert [image.name for image in page.rows] == ["a/0", "a/1"]
    assert page.goes_on
    assert any("broke off here: unreachable: down" in warning for warning in source.warnings)
    assert read_position(page.positions[-1], 1) == (0, (Place("1"),))


def test_a_list_of_many_pages_without_a_row_rests_and_goes_on_where_it_was():
    empty = Listing("a", [0] * 30 + [2])
    other = Listing("b", [1])
    page = asyncio.run(merged([Source(one.name, one.fetch) for one in (empty, other)], 10, 0))
    assert [image.name for image in page.rows] == ["b/0"]
    assert page.goes_on
    assert told([empty, other], 10) == ["b/0", "a/0", "a/1"]


def test_a_list_that_goes_round_in_a_circle_ends_and_says_so():
    async def fetch(cursor: str | None) -> RepositoryPage:
        return RepositoryPage((DockerImage(name="a/0", registry="a", reference="a/0"),), next="again")

    source = Source("a", fetch)
    page = asyncio.run(merged([source], 10, 0))
    assert len(page.rows) == 2
    assert not page.goes_on
    assert list(source.warnings) == ["the list of a goes round in a circle"]


def test_one_that_keeps_us_waiting_costs_the_others_nothing():
    async def never(cursor: str | None) -> RepositoryPage:
        await asyncio.sleep(60)
        raise AssertionError("waited for")

    other = Listing("b", [1])
    sources = [Source("a", never, patience=0.05), Source("b", other.fetch)]
    page = asyncio.run(merged(sources, 10, 0))
    assert [image.name for image in page.rows] == ["b/0"]
    assert str(sources[0].error) == "timeout: no answer within 0.05 seconds"


@pytest.mark.parametrize(
    "position",
    ["", "[]", "[0]", "[0,[]]", "[1,[[null,0,false]]]", "[0,[[7,0,false]]]", "[0,[[null,-1,false]]]", "[true,[]]"],
)
def test_a_forged_position_is_refused(position: str):
    with pytest.raises(InvalidArgumentError):
        read_position(position, 1)


@given(st.text())
def test_any_text_is_a_position_or_refused(text: str):
    with contextlib.suppress(InvalidArgumentError):
        turn, places = read_position(text, 2)
        assert 0 <= turn < len(places) == 2
