"""order=updated, where a backend's tag list tells dates."""

from __future__ import annotations

import pytest
from tests.core.images.conftest import HOST

from portcall.backend import RegistryBackend, TagPage
from portcall.images.tag_search import TagQuestion, search_tags
from portcall.models import Tag
from portcall.reference import parse_reference

pytestmark = pytest.mark.anyio

DATED = {
    "old": "2023-01-01T00:00:00Z",
    "1.0": "2024-05-01T12:00:00Z",
    "1.1": "2024-05-01T12:00:00.5Z",
    "2.0": "2024-05-01T12:00:00.25Z",
    "same-b": "2024-01-01T00:00:00Z",
    "same-a": "2024-01-01T00:00:00Z",
    "undated": None,
}


class Dated(RegistryBackend):
    """A registry whose vendor's own API tells dates, as a plugin for it would have it."""

    def __init__(self, tags: tuple[Tag, ...]) -> None:
        self._tags = tags

    async def list_tags(self, repository: str, *, limit: int | None = None, cursor: str | None = None) -> TagPage:
        return TagPage(self._tags)


BACKEND = Dated(tuple(Tag(name=name, last_updated=date) for name, date in DATED.items()))
REFERENCE = parse_reference(f"{HOST}/shop/api")


async def test_the_latest_update_comes_first_and_the_undated_last():
    page = await search_tags(BACKEND, REFERENCE, TagQuestion(order="updated"))
    assert [tag.name for tag in page.tags] == ["1.1", "2.0", "1.0", "same-a", "same-b", "old", "undated"]


async def test_pages_by_date_lose_and_repeat_nothing():
    found: list[str] = []
    cursor = ""
    for _ in DATED:
        page = await search_tags(BACKEND, REFERENCE, TagQuestion(order="updated", limit=2, cursor=cursor))
        found += [tag.name for tag in page.tags]
        cursor = page.next_cursor or ""
        if not cursor:
            break
    assert found == ["1.1", "2.0", "1.0", "same-a", "same-b", "old", "undated"]


async def test_what_the_list_tells_is_in_the_answer():
    page = await search_tags(BACKEND, REFERENCE, TagQuestion(pattern="old"))
    assert page.tags[0].last_updated == "2023-01-01T00:00:00Z"


async def test_an_empty_repository_is_sorted_by_dates_all_the_same():
    assert (await search_tags(Dated(()), REFERENCE, TagQuestion(order="updated"))).tags == ()
