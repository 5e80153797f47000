"""search_tags where the list tells digests: which tags are one image, and what `latest` and `stable` are."""

from __future__ import annotations

import pytest

from portcall.backend import RegistryBackend, TagPage
from portcall.images.known_digests import MOST_ALIASES
from portcall.images.tag_search import TagQuestion, search_tags
from portcall.models import Tag, TagList
from portcall.reference import parse_reference
from portcall.render import render

pytestmark = pytest.mark.anyio

MAINLINE, STABLE, ALPINE = ("1.29.1", "1.29", "1", "latest", "mainline"), ("1.28.0", "1.28", "stable"), ("alpine",)
OLD = ("1.26.3", "1.26")


class Telling(RegistryBackend):
    """A registry whose vendor's own API tells digests with the tags."""

    def __init__(self, *images: tuple[str, ...], untold: tuple[str, ...] = ()) -> None:
        told = [
            Tag(name=name, digest=f"sha256:{str(number) * 64}")
            for number, names in enumerate(images)
            for name in names
        ]
        self._tags = (*told, *(Tag(name=name) for name in untold))

    async def list_tags(self, repository: str, *, limit: int | None = None, cursor: str | None = None) -> TagPage:
        return TagPage(self._tags)


async def found(backend: RegistryBackend, pattern: str = "", limit: int = 25, cursor: str = "") -> TagList:
    question = TagQuestion(pattern, limit=limit, cursor=cursor)
    return await search_tags(backend, parse_reference("nginx"), question)


NGINX = Telling(MAINLINE, STABLE, ALPINE, OLD)


async def test_a_row_names_the_tags_that_stand_on_another_page():
    page = await found(NGINX, limit=1)
    assert [(tag.name, tag.aliases) for tag in page.tags] == [("1.29.1", ("1.29", "1", "latest", "mainline"))]
    assert "same as `1.29` `1` `latest` `mainline`" in render(page)


async def test_a_row_names_the_tags_that_the_pattern_leaves_out():
    (row,) = (await found(NGINX, "version:>1.26 <1.27")).tags
    assert (row.name, row.aliases) == ("1.26.3", ("1.26",))


async def test_every_row_names_the_others_of_its_image_and_no_row_itself():
    page = await found(NGINX)
    same = {tag.name: {tag.name, *tag.aliases} for tag in page.tags}
    for names in (MAINLINE, STABLE, ALPINE, OLD):
        assert all(same[name] == set(names) for name in names)


async def test_they_come_in_the_order_of_versions_whatever_the_lists():
    page = await found(Telling(("latest", "1", "mainline", "1.29", "1.29.1")), limit=1)
    assert page.tags[0].aliases == ("1.29", "1", "latest", "mainline")


async def test_what_the_list_does_not_tell_is_nobodys_alias():
    page = await found(Telling(STABLE, untold=("edge", "1.27.0")))
    assert {tag.name: tag.aliases for tag in page.tags if tag.digest is None} == {"edge": (), "1.27.0": ()}


async def test_a_signature_is_no_other_name_of_its_image():
    signature = f"sha256-{'1' * 64}.sig"
    page = await found(Telling((*OLD, signature)))
    assert {tag.name: tag.aliases for tag in page.tags} == {"1.26.3": ("1.26",), "1.26": ("1.26.3",)}


async def test_of_very_many_a_row_names_some_and_says_so():
    page = await found(Telling(tuple(f"build-{number}" for number in range(30))), limit=2)
    assert [len(tag.aliases) for tag in page.tags] == [MOST_ALIASES] * 2
    assert all(tag.name not in tag.aliases for tag in page.tags)
    assert page.warnings[-1].startswith("rows name 20 other tags of the same image at most")


async def test_one_fewer_is_all_of_them():
    page = await found(Telling(tuple(f"build-{number}" for number in range(MOST_ALIASES + 1))))
    assert {len(tag.aliases) for tag in page.tags} == {MOST_ALIASES}
    assert page.warnings == ()


# What moves


@pytest.mark.parametrize("pattern", ["", "1.26*", "version:>1.26 <1.29", "no such thing"])
async def test_what_latest_and_stable_are_is_told_whatever_the_pattern(pattern: str):
    page = await found(NGINX, pattern, limit=1)
    assert page.moving == {"latest": "1.29.1", "stable": "1.28.0", "mainline": "1.29.1"}
    assert "`latest` is `1.29.1`, `stable` is `1.28.0`, `mainline` is `1.29.1`" in render(page)


async def test_the_newest_release_is_not_called_stable_where_its_publisher_calls_another_so():
    assert "newest release: `1.29.1`" in render(await found(NGINX))
    assert "newest release of these: `1.26.3`" in render(await found(NGINX, "1.26*"))
    assert "newest stable of these: `1.28.0`" in render(await found(NGINX, "version:<1.29"))
    assert "newest stable: `1.29.1`" in render(await found(Telling(MAINLINE, OLD)))


async def test_where_no_digest_is_told_nothing_moves():
    page = await found(Telling(untold=(*MAINLINE, *STABLE)))
    assert page.moving is None
    assert "moving" not in page.model_dump(mode="json")


async def test_a_further_page_tells_its_rows_and_none_of_what_stood_above_them():
    first = await found(NGINX, limit=9)
    second = await found(NGINX, limit=9, cursor=first.next_cursor or "")
    assert sorted(tag.name for page in (first, second) for tag in page.tags) == sorted(
        (*MAINLINE, *STABLE, *ALPINE, *OLD)
    )
    text = render(second)
    assert second.moving is None
    assert "newest" not in text
    assert "`mainline` · `000000000000` · same as `1.29.1` `1.29` `1` `latest`" in text


async def test_the_heading_counts_images_where_they_are_fewer_than_tags():
    text = render(await found(NGINX, limit=8))
    assert text.startswith("# nginx: 8 of 11 tags, 3 images, by version\n")
    assert render(await found(Telling(("1.0",), ("2.0",)))).startswith("# nginx: 2 tags, by version\n")
