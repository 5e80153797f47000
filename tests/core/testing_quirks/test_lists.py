"""Every quirk does what its registry does: lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.core.testing_quirks.asking import (
    APP,
    LIST,
    TAGS,
    asking,
    code,
    next_link,
)

from portcall.testing import quirks

if TYPE_CHECKING:
    from portcall.testing.quirks import Quirk


def test_null_tags():
    with asking(quirks.NullTags()) as client:
        client.registry.push("shop/untagged", APP)
        assert client.get("/v2/shop/untagged/tags/list").json() == {"name": "shop/untagged", "tags": None}
        assert client.get(LIST).json()["tags"] == TAGS


def test_nulls_among_tags():
    with asking(quirks.NullsAmongTags()) as client:
        assert client.get(LIST).json()["tags"] == [None, *TAGS, "", None]


def test_digests_among_tags():
    with asking(quirks.DigestsAmongTags()) as client:
        first, *rest = client.get(LIST).json()["tags"]
        assert first.startswith("sha256:")
        assert rest == TAGS


def test_no_tags_is_unknown():
    with asking(quirks.NoTagsIsUnknown()) as client:
        client.registry.push("shop/untagged", APP)
        answer = client.get("/v2/shop/untagged/tags/list")
        assert (answer.status_code, code(answer)) == (404, "NAME_UNKNOWN")


def test_short_pages():
    with asking(quirks.ShortPages(2)) as client:
        pages, path = [], f"{LIST}?n=100"
        while path:
            answer = client.get(path)
            pages.append(answer.json()["tags"])
            path = next_link(answer) or ""
        assert pages == [["a", "b"], ["c", "d"], ["e"]]


def test_paging_ignored():
    with asking(quirks.PagingIgnored()) as client:
        answer = client.get(f"{LIST}?n=1&last=c")
        assert answer.json()["tags"] == TAGS
        assert next_link(answer) is None


def test_last_tag_starts_over():
    with asking(quirks.LastTagStartsOver()) as client:
        answer = client.get(f"{LIST}?n=2&last=c")
        assert (answer.json()["tags"], next_link(answer)) == (["d", "e"], None)
        assert client.get(f"{LIST}?n=2&last=e").json()["tags"] == ["a", "b"]


def test_endless_tags():
    with asking(quirks.EndlessTags()) as client:
        path, seen = f"{LIST}?n=10", set()
        for _ in range(5):
            answer = client.get(path)
            seen |= set(answer.json()["tags"])
            path = next_link(answer) or ""
        assert len(seen) == 50


@pytest.mark.parametrize(
    ("quirk", "status", "expected"),
    [
        (quirks.NoCatalog(), 404, "NOT_FOUND"),
        (quirks.NoCatalog(401), 401, "UNAUTHORIZED"),
        (quirks.NoCatalog(403), 403, "DENIED"),
        (quirks.NoCatalog(404, "UNSUPPORTED"), 404, "UNSUPPORTED"),
        (quirks.NoCatalog(405), 405, "UNSUPPORTED"),
        (quirks.LargePagesRefused(most=5), 400, "PAGINATION_NUMBER_INVALID"),
    ],
    ids=repr,
)
def test_catalog_refused(quirk: Quirk, status: int, expected: str):
    with asking(quirk) as client:
        answer = client.get("/v2/_catalog?n=6")
        assert (answer.status_code, code(answer)) == (status, expected)
        assert client.get(f"{LIST}?n=6").status_code == 200


def test_empty_catalog():
    with asking(quirks.EmptyCatalog()) as client:
        assert client.get("/v2/_catalog").json() == {"repositories": []}
