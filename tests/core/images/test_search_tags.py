"""search_tags: which tags, in which order, and what is said about the rest."""

from __future__ import annotations

import pytest
from tests.core.images.conftest import HOST, Told, asked

from portcall import Portcall
from portcall.errors import InvalidArgumentError, NotFoundError, PortcallError, UnsupportedError
from portcall.models import TagList
from portcall.testing import FakeRegistry, image, layer, quirks

pytestmark = pytest.mark.anyio

APP = image([layer({"srv/app": "app\n"})])
TAGS = ("1.9.0", "1.10.0", "1.10.0-alpine", "1.10", "2.0.0-rc1", "latest", "nightly", "20240101")
NAME = f"{HOST}/shop/api"


@pytest.fixture(autouse=True)
def _stocked(registry: FakeRegistry) -> None:
    registry.push("shop/api", APP, tags=TAGS)


def names(page: TagList) -> list[str]:
    return [tag.name for tag in page.tags]


async def test_versions_come_newest_first(pc: Portcall):
    page = await pc.search_tags(NAME)
    assert names(page) == [
        "2.0.0-rc1", "1.10.0", "1.10.0-alpine", "1.10", "1.9.0", "20240101", "latest", "nightly",
    ]  # fmt: skip
    assert (page.ordered_by, page.total, page.next_cursor) == ("version", len(TAGS), None)


async def test_the_newest_stable_is_no_pre_release_no_variant_and_no_date(pc: Portcall):
    assert (await pc.search_tags(NAME)).newest_stable == "1.10.0"


async def test_names_can_be_sorted_as_they_are_written(pc: Portcall):
    page = await pc.search_tags(NAME, order="name")
    assert names(page) == sorted(TAGS)
    assert page.ordered_by == "name"


async def test_dates_are_unsupported_where_the_registry_tells_none(pc: Portcall):
    with pytest.raises(UnsupportedError, match="tells no dates in its tag list") as refused:
        await pc.search_tags(NAME, order="updated")
    assert (refused.value.registry, refused.value.reference) == (HOST, NAME)
    assert "order=version" in refused.value.hint


async def test_an_order_that_is_none_is_refused_before_anything_is_asked(pc: Portcall, registry: FakeRegistry):
    with pytest.raises(InvalidArgumentError, match="the argument `order` is none of version, updated, name"):
        await pc.search_tags(NAME, order="size")
    assert asked(registry) == []


@pytest.mark.parametrize("limit", [0, -1, 1001])
async def test_a_limit_out_of_range_is_refused_in_python_too(pc: Portcall, registry: FakeRegistry, limit: int):
    with pytest.raises(InvalidArgumentError, match="the argument `limit` is not from 1 to 1000"):
        await pc.search_tags(NAME, limit=limit)
    assert asked(registry) == []


@pytest.mark.parametrize("limit", [1, 1000])
async def test_the_bounds_of_the_limit_are_fine(pc: Portcall, limit: int):
    assert len((await pc.search_tags(NAME, limit=limit)).tags) == min(limit, len(TAGS))


# Patterns


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("alpine", ["1.10.0-alpine"]),
        ("1.10*", ["1.10.0", "1.10.0-alpine", "1.10"]),
        ("1.?.0", ["1.9.0"]),
        ("re:^1[.]10", ["1.10.0", "1.10.0-alpine", "1.10"]),
        ("version:>=1.9 <1.10", ["1.9.0"]),
        ("version:>=1.10", ["1.10.0", "1.10.0-alpine", "1.10"]),
        ("no such thing", []),
    ],
)
async def test_a_pattern_chooses(pc: Portcall, pattern: str, expected: list[str]):
    page = await pc.search_tags(NAME, pattern)
    assert (names(page), page.total) == (expected, len(expected))


async def test_the_newest_stable_is_that_of_the_pattern(pc: Portcall):
    assert (await pc.search_tags(NAME, "1.9*")).newest_stable == "1.9.0"
    assert (await pc.search_tags(NAME, "nightly")).newest_stable is None


@pytest.mark.parametrize("pattern", ["re:(", "version:>=", "x" * 257])
async def test_a_pattern_that_cannot_be_read_is_refused_and_not_repeated(
    pc: Portcall, registry: FakeRegistry, pattern: str
):
    with pytest.raises(InvalidArgumentError) as refused:
        await pc.search_tags(NAME, pattern)
    assert refused.value.hint
    assert asked(registry) == []


# What is left out, and said


async def test_signatures_are_left_out_and_said(pc: Portcall, registry: FakeRegistry):
    for ending in ("", ".sig", ".att"):
        registry.tag("shop/api", APP.digest.replace(":", "-") + ending, "latest")
    page = await pc.search_tags(NAME)
    assert len(page.tags) == page.total == len(TAGS)
    assert page.warnings == ("3 tags that hold signatures or attestations are left out",)


async def test_one_signature_is_one(pc: Portcall, registry: FakeRegistry):
    registry.tag("shop/api", f"sha256-{'1' * 64}.sig", "latest")
    assert (await pc.search_tags(NAME)).warnings == ("1 tag that holds a signature or attestation is left out",)


async def test_the_digits_of_a_signature_are_no_match(pc: Portcall, registry: FakeRegistry):
    registry.tag("shop/api", f"sha256-{'1' * 64}.sig", "latest")
    page = await pc.search_tags(NAME, "1")
    assert all(not name.startswith("sha256") for name in names(page))


async def test_signatures_are_shown_to_whoever_asks_for_them(pc: Portcall, registry: FakeRegistry):
    registry.tag("shop/api", f"sha256-{'1' * 64}.sig", "latest")
    page = await pc.search_tags(NAME, "sha256-")
    assert (names(page), page.warnings) == ([f"sha256-{'1' * 64}.sig"], ())


# Lists as registries have them


async def test_every_page_of_the_registry_is_read_and_progress_told(registry: FakeRegistry, pc: Portcall):
    registry.add(quirks.ShortPages(size=3))
    told = Told()
    page = await pc.search_tags(NAME, progress=told)
    assert page.total == len(TAGS)
    assert told.steps == [(1, None, "3 tags"), (2, None, "6 tags")]


async def test_nothing_but_tags_is_listed(registry: FakeRegistry, pc: Portcall):
    registry.add(quirks.NullsAmongTags(), quirks.DigestsAmongTags())
    assert sorted(names(await pc.search_tags(NAME))) == sorted(TAGS)


async def test_a_repository_without_tags_has_none(registry: FakeRegistry, pc: Portcall):
    registry.push("shop/empty", APP)
    registry.add(quirks.NullTags())
    page = await pc.search_tags(f"{HOST}/shop/empty")
    assert (page.tags, page.total, page.newest_stable, page.warnings) == ((), 0, None, ())


@pytest.mark.parametrize(
    ("quirk", "reason"),
    [
        (quirks.LoopingLink(), "the registry's list goes round in a circle"),
        (quirks.LinkElsewhere(), "the registry's next page is on another host, which was not followed"),
    ],
)
async def test_a_list_that_does_not_end_well_is_told(
    registry: FakeRegistry, pc: Portcall, quirk: quirks.Quirk, reason: str
):
    registry.add(quirks.ShortPages(size=3), quirk)
    page = await pc.search_tags(NAME)
    assert page.total is not None
    assert 0 < page.total <= len(TAGS)
    assert page.warnings == (f"the list may not be complete: {reason}",)


async def test_a_missing_repository_is_not_found(pc: Portcall):
    with pytest.raises(NotFoundError) as missing:
        await pc.search_tags(f"{HOST}/shop/none")
    assert missing.value.message == f"{HOST} has no repository shop/none"
    assert (missing.value.registry, missing.value.reference) == (HOST, f"{HOST}/shop/none")


async def test_half_a_list_is_no_list(registry: FakeRegistry, pc: Portcall):
    registry.add(quirks.ShortPages(size=3), quirks.Answer(400, path="last="))
    with pytest.raises(PortcallError) as failed:
        await pc.search_tags(NAME)
    assert failed.value.code == "upstream_error"


async def test_the_page_is_named_as_people_write_it(pc: Portcall):
    page = await pc.search_tags(f"docker://{NAME}")
    assert (page.name, page.registry) == (NAME, HOST)


async def test_many_tags_are_sorted_beside_the_event_loop(registry: FakeRegistry, pc: Portcall):
    registry.push("shop/many", APP, tags=[f"1.{minor}.{patch}" for minor in range(50) for patch in range(60)])
    page = await pc.search_tags(f"{HOST}/shop/many", limit=2)
    assert (names(page), page.total, page.newest_stable) == (["1.49.59", "1.49.58"], 3000, "1.49.59")
