"""search_tags with a tag or digest: which other tags are the same image, and whether all were asked."""

from __future__ import annotations

import pytest
from tests.core.images.conftest import HOST, Told, settings_for

from portcall import Portcall
from portcall.backend import RegistryBackend, TagPage
from portcall.errors import NotFoundError, UnsupportedError
from portcall.images.aliases import tags_of_same_digest
from portcall.images.tag_search import TagQuestion
from portcall.models import Tag
from portcall.oci.descriptor import Descriptor
from portcall.reference import parse_reference
from portcall.testing import FakeRegistry, image, layer, quirks

pytestmark = pytest.mark.anyio

ONE, OTHER = image([layer({"a": "1"})]), image([layer({"a": "2"})])
NAME = f"{HOST}/shop/api"
SAME = ["1.27.5", "1.27", "1", "latest"]


@pytest.fixture(autouse=True)
def _stocked(registry: FakeRegistry) -> None:
    registry.push("shop/api", OTHER, tags=["1.26.9", "1.26", "edge"])
    registry.push("shop/api", ONE, tags=["1", "latest", "1.27", "1.27.5"])


@pytest.mark.parametrize(
    "question", [f"{NAME}:1.27", f"{NAME}:latest", f"{NAME}@{ONE.digest}", f"{NAME}:x@{ONE.digest}"]
)
async def test_the_tags_of_the_same_image_are_found(pc: Portcall, question: str):
    page = await pc.search_tags(question)
    assert [tag.name for tag in page.tags] == SAME
    assert {tag.digest for tag in page.tags} == {page.digest} == {ONE.digest}
    assert (page.complete, page.total, page.newest_stable, page.warnings) == (True, 4, "1.27.5", ())


async def test_each_tag_is_asked_once_and_by_head(registry: FakeRegistry, pc: Portcall):
    await pc.search_tags(f"{NAME}:1.27")
    assert registry.count("manifest", method="HEAD") == 7
    assert registry.count("manifest", method="GET") == 0
    assert registry.metered == 0


async def test_a_pattern_saves_questions(registry: FakeRegistry, pc: Portcall):
    page = await pc.search_tags(f"{NAME}:1.27", "1.27*")
    assert [tag.name for tag in page.tags] == ["1.27.5", "1.27"]
    assert (page.complete, registry.count("manifest")) == (True, 2)


async def test_progress_is_told(pc: Portcall):
    told = Told()
    await pc.search_tags(f"{NAME}:1.27", progress=told)
    assert told.steps[-1] == (7, 7, "tags compared")


async def test_a_tag_that_vanishes_meanwhile_is_none_of_them(registry: FakeRegistry, pc: Portcall):
    registry.add(quirks.Answer(404, path="manifests/1.27.5$"))
    page = await pc.search_tags(f"{NAME}:1.27")
    assert [tag.name for tag in page.tags] == ["1.27", "1", "latest"]
    assert page.complete


# Not everything was asked


async def test_over_300_tags_the_likeliest_are_asked_and_it_is_said(registry: FakeRegistry):
    registry.push("shop/many", OTHER, tags=[f"0.{number}.0" for number in range(400)])
    registry.push("shop/many", ONE, tags=["9.9.9", "9.9", "latest"])
    settings = settings_for({HOST: {"endpoint": registry.address.url}}, network={"timeout": 30})
    async with Portcall(settings) as pc:
        page = await pc.search_tags(f"{HOST}/shop/many:9.9.9")
    assert [tag.name for tag in page.tags] == ["9.9.9", "9.9", "latest"]
    assert page.complete is False
    assert page.model_dump(mode="json")["complete"] is False
    assert page.warnings == ("not every tag was checked: only the likeliest 300 were looked at",)
    assert registry.count("manifest") <= 301


async def test_a_limit_of_the_registry_ends_the_asking(registry: FakeRegistry, pc: Portcall):
    registry.push("shop/many", OTHER, tags=[f"0.{number}.0" for number in range(100)])
    registry.add(quirks.Answer(429, path="/manifests/0[.]", retry_after=600))
    page = await pc.search_tags(f"{HOST}/shop/many@{OTHER.digest}")
    assert (page.tags, page.complete) == ((), False)
    assert "allows no more requests for now" in page.warnings[0]
    assert registry.count("manifest", status=429) <= 8


async def test_one_tag_that_cannot_be_read_is_said(registry: FakeRegistry, pc: Portcall):
    registry.add(quirks.Answer(400, path="manifests/1$"))
    page = await pc.search_tags(f"{NAME}:1.27")
    assert [tag.name for tag in page.tags] == ["1.27.5", "1.27", "latest"]
    assert page.complete is False


async def test_a_tag_that_keeps_us_waiting_does_not_cost_the_answer(registry: FakeRegistry):
    registry.add(quirks.Stall(path="manifests/edge$"))
    settings = settings_for({HOST: {"endpoint": registry.address.url}}, network={"timeout": 3})
    async with Portcall(settings) as pc:
        page = await pc.search_tags(f"{NAME}:1.27")
    assert [tag.name for tag in page.tags] == SAME
    assert page.complete is False


async def test_a_list_that_is_not_whole_is_not_complete(registry: FakeRegistry, pc: Portcall):
    registry.add(quirks.ShortPages(size=3), quirks.LinkElsewhere())
    page = await pc.search_tags(f"{NAME}:1.27")
    assert page.complete is False
    assert "the registry's next page is on another host" in page.warnings[0]


# Pages and orders


async def test_the_pages_are_the_whole_answer(pc: Portcall):
    found: list[str] = []
    cursor = ""
    for _ in range(4):
        page = await pc.search_tags(f"{NAME}:1.27", limit=1, cursor=cursor)
        found += [tag.name for tag in page.tags]
        cursor = page.next_cursor or ""
    assert (found, cursor) == (SAME, "")


async def test_the_answer_can_be_cut_without_losing_a_row(pc: Portcall):
    whole = await pc.search_tags(f"{NAME}:1.27")
    rest = await pc.search_tags(f"{NAME}:1.27", cursor=whole.first(1).next_cursor or "")
    assert whole.first(1).tags + rest.tags == whole.tags


async def test_the_order_is_kept_here_too(pc: Portcall):
    page = await pc.search_tags(f"{NAME}:1.27", order="name")
    assert ([tag.name for tag in page.tags], page.ordered_by) == (sorted(SAME), "name")


async def test_dates_are_unsupported_here_too(pc: Portcall):
    with pytest.raises(UnsupportedError):
        await pc.search_tags(f"{NAME}:1.27", order="updated")


# What is missing


async def test_a_missing_tag_brings_near_ones(pc: Portcall):
    with pytest.raises(NotFoundError) as missing:
        await pc.search_tags(f"{NAME}:1.27.6")
    assert missing.value.message == f"{NAME} has no tag '1.27.6' among its 7"
    assert missing.value.candidates[0] == "1.27.5"
    assert (missing.value.registry, missing.value.reference) == (HOST, f"{NAME}:1.27.6")


async def test_a_missing_digest_is_not_found(pc: Portcall):
    with pytest.raises(NotFoundError):
        await pc.search_tags(f"{NAME}@sha256:{'0' * 64}")


async def test_a_missing_repository_is_not_found(pc: Portcall):
    with pytest.raises(NotFoundError, match="has no repository shop/none"):
        await pc.search_tags(f"{HOST}/shop/none:1.0")


# Registries that tell digests in their lists


class Telling(RegistryBackend):
    """A registry whose vendor's own API tells digests with the tags."""

    def __init__(self, tags: tuple[Tag, ...]) -> None:
        self._tags = tags

    async def resolve(self, repository: str, identifier: str) -> Descriptor:
        if identifier != "1":
            raise AssertionError("nothing has to be asked that the list told")
        return Descriptor("application/vnd.oci.image.index.v1+json", ONE.digest, 1)

    async def list_tags(self, repository: str, *, limit: int | None = None, cursor: str | None = None) -> TagPage:
        return TagPage(self._tags)


async def test_digests_that_the_list_tells_are_not_asked_for():
    tags = (
        Tag(name="1", digest=ONE.digest, size=7),
        Tag(name="2", digest=OTHER.digest),
        Tag(name="1.0", digest=ONE.digest),
    )
    page = await tags_of_same_digest(Telling(tags), parse_reference(f"{NAME}:1"), TagQuestion())
    assert [(tag.name, tag.size) for tag in page.tags] == [("1.0", None), ("1", 7)]
    assert page.complete
