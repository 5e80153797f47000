"""Three thousand tags on one repository: all of them, in order, a page at a time, and no memory kept."""

from __future__ import annotations

import gc
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from tests.testbed.skopeo import skopeo_list_tags
from tests.testbed.tags import MANY_TAGS, REPOSITORY

from portcall.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.testbed.fault_proxy import FaultProxy
    from tests.testbed.registry import RealRegistry

    from portcall import Portcall

pytestmark = pytest.mark.anyio

# v0.0.0 to v29.9.9, in that order: every one is a plain version, so oldest first is as they were made
NEWEST_FIRST = tuple(reversed(MANY_TAGS))
FLAT = 128 * 1024  #: Bytes: a page of 1,000 rows takes more than that.


@pytest.fixture
def portcall(registry_with_3000_tags: RealRegistry, gateway: Callable[..., Portcall]) -> Portcall:
    return gateway(registry_with_3000_tags)


@pytest.fixture
def repository(registry_with_3000_tags: RealRegistry) -> str:
    return registry_with_3000_tags.reference(REPOSITORY)


async def pages(
    portcall: Portcall, repository: str, pattern: str = "", *, order: str = "version", limit: int = 1000
) -> list[list[str]]:
    """Return the names of the tags, page by page."""
    found, cursor, totals = [], "", set()
    while True:
        page = await portcall.search_tags(repository, pattern, order, limit, cursor)
        found.append([tag.name for tag in page.tags])
        totals.add((page.total, page.newest_stable))
        cursor = page.next_cursor or ""
        if not cursor:
            assert totals == {(sum(map(len, found)), NEWEST_FIRST[0])}
            return found


def joined(found: list[list[str]]) -> tuple[str, ...]:
    return tuple(name for page in found for name in page)


@pytest.mark.parametrize(("order", "expected"), [("version", NEWEST_FIRST), ("name", tuple(sorted(MANY_TAGS)))])
async def test_every_tag_is_on_one_page_and_in_its_place(
    portcall: Portcall, repository: str, order: str, expected: tuple[str, ...]
) -> None:
    found = await pages(portcall, repository, order=order)
    assert [len(page) for page in found] == [1000, 1000, 1000]
    assert joined(found) == expected


async def test_many_small_pages_lose_and_repeat_nothing(portcall: Portcall, repository: str) -> None:
    found = await pages(portcall, repository, "v2*", limit=25)
    assert {len(page) for page in found} == {25}
    assert joined(found) == tuple(tag for tag in NEWEST_FIRST if tag.startswith("v2"))


async def test_they_are_the_tags_that_skopeo_lists(
    portcall: Portcall, repository: str, registry_with_3000_tags: RealRegistry
) -> None:
    found = await pages(portcall, repository, order="name")
    assert list(joined(found)) == sorted(skopeo_list_tags(registry_with_3000_tags, REPOSITORY))


@pytest.mark.parametrize(
    ("pattern", "total", "newest"),
    [
        ("v1.*", 100, "v1.9.9"),
        ("version:<10", 1000, "v9.9.9"),
        ("version:>=12.3 <12.4", 10, "v12.3.9"),
        (r"re:^v\d\.0\.0$", 10, "v9.0.0"),
        ("29.9.9", 1, "v29.9.9"),
        ("nothing-like-it", 0, None),
    ],
)
async def test_the_newest_stable_is_that_of_the_tags_that_match(
    portcall: Portcall, repository: str, pattern: str, total: int, newest: str | None
) -> None:
    page = await portcall.search_tags(repository, pattern, limit=5)
    assert (page.total, page.newest_stable) == (total, newest)
    assert [tag.name for tag in page.tags[:1]] == ([newest] if newest else [])


async def test_a_page_that_goes_on_costs_the_registry_nothing_for_a_while(
    registry_with_3000_tags: RealRegistry,
    fault_proxy_for: Callable[..., FaultProxy],
    gateway: Callable[..., Portcall],
) -> None:
    proxy = fault_proxy_for(registry_with_3000_tags)
    portcall = gateway(proxy.in_front_of(registry_with_3000_tags))
    await pages(portcall, f"{proxy.netloc}/{REPOSITORY}", limit=500)
    assert [seen.target.partition("?")[0] for seen in proxy.log] == [f"/v2/{REPOSITORY}/tags/list"]


async def test_other_names_of_one_image_are_found_among_the_likeliest_and_the_rest_is_owned_up_to(
    portcall: Portcall, repository: str
) -> None:
    aliases = await portcall.search_tags(f"{repository}:v0.0.7", limit=1000)
    same = {name for number, name in enumerate(MANY_TAGS) if number % 30 == 7}
    found = {tag.name for tag in aliases.tags}
    assert "v0.0.7" in found
    assert found < same
    assert aliases.complete is False
    assert "not every tag was checked" in aliases.warnings[0]


async def test_a_mistyped_tag_is_answered_with_its_neighbours(portcall: Portcall, repository: str) -> None:
    with pytest.raises(NotFoundError) as refused:
        await portcall.get_image_details(f"{repository}:v29.9.99")
    assert "v29.9.9" in refused.value.candidates
    assert len(refused.value.candidates) <= 10


async def test_listing_again_and_again_keeps_no_memory(
    registry_with_3000_tags: RealRegistry, repository: str, gateway: Callable[..., Portcall]
) -> None:
    portcall = gateway(registry_with_3000_tags, cache={"max_bytes": 0})  # every answer is read anew

    async def list_them(times: int) -> int:
        for _ in range(times):
            page = await portcall.search_tags(repository, limit=1000)
            assert len(page.tags) == 1000
            del page
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        warm = await list_them(2)
        # What is on its way out at the moment of one look is gone at the next; what is kept never is.
        later = min([await list_them(3) for _ in range(3)])
    finally:
        tracemalloc.stop()
    assert later - warm < FLAT
