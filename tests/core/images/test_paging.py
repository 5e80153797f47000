"""Pages of tags: without loss and without repetition, whatever happens between them; cursors, forged ones too."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from tests.core.images.conftest import HOST, settings_for

from portcall import Portcall
from portcall.errors import InvalidArgumentError
from portcall.testing import FakeRegistry, image, quirks

pytestmark = pytest.mark.anyio

APP = image()
TAGS = [f"1.{minor}.{patch}{variant}" for minor in range(3) for patch in range(4) for variant in ("", "-alpine")]
TAGS += ["latest", "edge", "20240101", "2.0.0-rc1"]
NAME = f"{HOST}/shop/api"


@pytest.fixture(autouse=True)
def _stocked(registry: FakeRegistry) -> None:
    registry.push("shop/api", APP, tags=TAGS)


async def pages(pc: Portcall, name: str = NAME, **question: Any) -> list[list[str]]:
    """Return the names on every page, to the end."""
    found: list[list[str]] = []
    cursor = ""
    while len(found) < 100:
        page = await pc.search_tags(name, cursor=cursor, **question)
        found.append([tag.name for tag in page.tags])
        if page.next_cursor is None:
            return found
        cursor = page.next_cursor
    raise AssertionError("the pages never end")


@pytest.mark.parametrize("order", ["version", "name"])
@pytest.mark.parametrize("limit", [1, 5, 7, len(TAGS) - 1, len(TAGS)])
async def test_the_pages_are_the_whole_list(pc: Portcall, order: str, limit: int):
    whole = (await pc.search_tags(NAME, order=order, limit=1000)).tags
    found = await pages(pc, order=order, limit=limit)
    assert [name for page in found for name in page] == [tag.name for tag in whole]
    assert all(len(page) == limit for page in found[:-1])


async def test_the_pages_of_a_pattern_are_the_whole_list(pc: Portcall):
    found = await pages(pc, tag_pattern="alpine", limit=5)
    assert sorted(name for page in found for name in page) == sorted(tag for tag in TAGS if "alpine" in tag)


async def test_a_cursor_goes_on_in_another_replica(registry: FakeRegistry, pc: Portcall):
    first = await pc.search_tags(NAME, limit=5)
    async with Portcall(settings_for({HOST: {"endpoint": registry.address.url}})) as other:
        there = await other.search_tags(NAME, limit=5, cursor=first.next_cursor or "")
    here = await pc.search_tags(NAME, limit=5, cursor=first.next_cursor or "")
    assert there.tags == here.tags
    assert there.tags[0].name not in {tag.name for tag in first.tags}


@pytest.mark.parametrize("order", ["version", "name"])
async def test_tags_that_come_and_go_between_pages_cost_no_other(registry: FakeRegistry, order: str):
    gone, come = {"1.1.3", "1.0.0", "1.2.3-alpine"}, {"3.0.0", "0.1.0", "1.1.2-slim"}
    found: list[str] = []
    cursor = ""
    for turn in range(100):
        # A new gateway each time: nothing of the last page's list is remembered.
        async with Portcall(settings_for({HOST: {"endpoint": registry.address.url}})) as pc:
            page = await pc.search_tags(NAME, order=order, limit=4, cursor=cursor)
        found += [tag.name for tag in page.tags]
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
        if turn == 1:
            for tag in gone:
                registry.delete_tag("shop/api", tag)
            for tag in come:
                registry.tag("shop/api", tag, "latest")
    assert len(found) == len(set(found))
    assert set(TAGS) - gone <= set(found)


@pytest.mark.parametrize("order", ["version", "name"])
async def test_the_tag_that_a_cursor_names_may_be_gone(registry: FakeRegistry, pc: Portcall, order: str):
    whole = [tag.name for tag in (await pc.search_tags(NAME, order=order, limit=1000)).tags]
    cursor = (await pc.search_tags(NAME, order=order, limit=6)).next_cursor or ""
    registry.delete_tag("shop/api", whole[6])
    async with Portcall(settings_for({HOST: {"endpoint": registry.address.url}})) as later:
        page = await later.search_tags(NAME, order=order, limit=2, cursor=cursor)
    assert [tag.name for tag in page.tags] == whole[7:9]


async def test_a_page_can_be_cut_and_goes_on_at_the_first_row_left_out(pc: Portcall):
    second = await pc.search_tags(NAME, limit=6, cursor=(await pc.search_tags(NAME, limit=6)).next_cursor or "")
    cut = second.first(2)
    rest = await pc.search_tags(NAME, limit=4, cursor=cut.next_cursor or "")
    assert cut.tags + rest.tags == second.tags


async def test_the_limit_may_change_between_pages(pc: Portcall):
    cursor = (await pc.search_tags(NAME, limit=3)).next_cursor or ""
    page = await pc.search_tags(NAME, limit=1000, cursor=cursor)
    assert len(page.tags) == len(TAGS) - 3
    assert page.next_cursor is None


# Cursors that are refused


@pytest.mark.parametrize(
    "other",
    [
        {"image_name": f"{HOST}/shop/web"},
        {"order": "name"},
        {"tag_pattern": "alpine"},
        {"image_name": f"{NAME}:latest"},
    ],
    ids=["repository", "order", "pattern", "same digest"],
)
async def test_a_cursor_is_bound_to_the_other_arguments(
    registry: FakeRegistry, pc: Portcall, other: dict[str, Any]
):
    registry.push("shop/web", APP, tags=TAGS)
    cursor = (await pc.search_tags(NAME, limit=3)).next_cursor or ""
    with pytest.raises(InvalidArgumentError, match="belongs to a call with other arguments") as refused:
        await pc.search_tags(**{"image_name": NAME, "cursor": cursor} | other)
    assert "start over" in refused.value.hint


def forged(payload: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=")


def fingerprint(cursor: str) -> str:
    return str(json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))[0])


@pytest.mark.parametrize(
    "cursor",
    ["x", "====", "ü", "a" * 2000, forged([]), forged({}), forged(7), forged(["x"]), forged([None, "1", None]),
     forged(["x", 1, None]), forged(["x", "1", 7]), forged(["x", "1", None, 1]), "W1" * 200],
)  # fmt: skip
async def test_what_is_no_cursor_is_refused_with_the_next_step(pc: Portcall, cursor: str):
    with pytest.raises(InvalidArgumentError, match="is no cursor of this list") as refused:
        await pc.search_tags(NAME, cursor=cursor)
    assert "leave it out to start over" in refused.value.hint


@pytest.mark.parametrize("name", ["", "\ud800", "../../etc/passwd", "zzz", "\x00", "9" * 500])
async def test_a_forged_position_is_only_a_place_in_the_list(pc: Portcall, name: str):
    honest = (await pc.search_tags(NAME, limit=3)).next_cursor or ""
    page = await pc.search_tags(NAME, cursor=forged([fingerprint(honest), name, None]), limit=1000)
    assert {tag.name for tag in page.tags} <= set(TAGS)


# Registries whose own pages are odd


@pytest.mark.parametrize(
    "quirk",
    [
        quirks.AbsoluteLink(),
        quirks.BareLink(),
        quirks.UnquotedRel(),
        quirks.ManyLinkParameters(),
        quirks.OpaqueLink(),
        quirks.PagingIgnored(),
    ],
    ids=lambda quirk: type(quirk).__name__,
)
async def test_the_registrys_own_paging_makes_no_difference(
    registry: FakeRegistry, pc: Portcall, quirk: quirks.Quirk
):
    registry.add(*(() if isinstance(quirk, quirks.PagingIgnored) else (quirks.ShortPages(size=4),)), quirk)
    found = await pages(pc, limit=6)
    assert sorted(name for page in found for name in page) == sorted(TAGS)
