"""Near misses: what somebody meant by a tag that is not there."""

from __future__ import annotations

import time

import pytest

from portcall.tags import nearest

HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
NGINX = (
    "1 1-alpine 1.26 1.26.1 1.26.1-alpine 1.26.0 1.27 1.27-alpine 1.27.0 1.27.0-alpine 1.27.5 1.27.4"
    f" 1.27.5-alpine3.21 1.27.5-alpine 1.28.0-rc1 20240101 latest mainline stable deadbee1 sha256-{HEX}.sig"
).split()


@pytest.mark.parametrize(
    ("wanted", "first"),
    [
        ("latst", "latest"),
        ("lastest", "latest"),
        ("LATEST", "latest"),
        ("mainlin", "mainline"),
        ("v1.27", "1.27"),
        ("v1.27.5", "1.27.5"),
        ("release-1.27.5", "1.27.5"),
        ("1.27.99", "1.27.5"),
        ("1.27.99-alpine", "1.27.5-alpine"),
        ("1.27-alpin", "1.27-alpine"),
        ("1.27.5-slim", "1.27.5"),
        ("1.28.0-rc2", "1.28.0-rc1"),
        ("1.28.0", "1.28.0-rc1"),
        ("2.0", "1.27"),
        ("20240102", "20240101"),
    ],
)
def test_first_suggestion_is_what_was_meant(wanted: str, first: str):
    assert nearest(wanted, NGINX)[0] == first


def test_series_is_suggested_behind_its_newest_release():
    assert nearest("1.27.99", NGINX, limit=3) == ["1.27.5", "1.27", "1.27.4"]


def test_swapped_and_forgotten_characters_within_numbers_are_found():
    assert "1.27.5" in nearest("1.72.5", [*NGINX, "1.70.1", "1.71.2", "1.73.9", "1.70.0"])
    assert nearest("127.5", ["1.27.5", "1.2"])[0] == "1.27.5"


def test_v_is_put_before_numbers_where_the_repository_does_so():
    assert nearest("1.30", ["v1.30", "v1.30.2", "v1.29"])[0] == "v1.30"


def test_hashes_signatures_and_illegal_names_are_never_suggested():
    tags = ["deadbee1", f"sha256-{HEX}", f"sha256-{HEX}.sig", "late st", "latest\x1b[0m", "-latest"]

    assert nearest("latest", tags) == []
    assert nearest("deadbee2", tags) == []


def test_wanted_tag_itself_is_not_suggested():
    assert nearest("1.27.5", ["1.27.5"]) == []


def test_nothing_alike_gives_nothing():
    assert nearest("bookworm", ["1.2.3", "latest"]) == []


@pytest.mark.parametrize("limit", [0, -1, 1, 3, 100])
def test_no_more_than_the_limit_is_suggested(limit: int):
    found = nearest("1.27.99", NGINX, limit=limit)

    assert len(found) <= max(0, limit)
    assert len(set(found)) == len(found)


@pytest.mark.slow
def test_a_hundred_thousand_tags_are_searched_within_seconds():
    tags = [f"{a}.{b}.{c}-alpine3.{b}" for a in range(40) for b in range(50) for c in range(50)]
    start = time.process_time()

    assert nearest("7.8.99-alpine3.8", tags)[0] == "7.8.49-alpine3.8"
    assert nearest("x" * 4000, tags) == []
    assert time.process_time() - start < 30
