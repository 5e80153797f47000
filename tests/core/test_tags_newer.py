"""Which releases are newer than a tag: the newest of all, and the newest that promises to break nothing."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcall.tags import Newer, newer_releases, newer_than, parse_version


@pytest.mark.parametrize(
    ("tag", "tags", "newer"),
    [
        ("1.26.3", "1.27.5 1.27.5-alpine 1.28.0-rc1 latest", "1.27.5"),
        ("1.26-alpine", "1.27 1.27.4-alpine 1.27-alpine 1.27.5", "1.27.4-alpine"),
        ("1.27", "1.27.5 1.27.4", None),
        ("1", "1.27.5 2.0.0-rc1", None),
        ("1.27.5", "1.27.5 1.27.4", None),
        ("v1.27.5", "1.27.5 1.27.6", "1.27.6"),
        ("1.28.0-rc1", "1.28.0 1.27.5", "1.28.0"),
        ("1.2.3-4", "1.2.3-5 1.2.3", "1.2.3-5"),
        ("1.2.3", "1.2.3-5", None),
        ("20240101", "20240606 1.2.3", "20240606"),
        ("1.2.3", "20240606 r1234 123456", None),
        ("1.2.3", "57 1.2.4", "1.2.4"),
        ("1.2.3", "57", None),
        ("latest", "1.2.3", None),
        ("17-jdk17", "21-jdk21 17.1-jdk17", None),
    ],
)
def test_newer_release_is_of_the_same_make(tag: str, tags: str, newer: str | None):
    assert newer_than(tag, tags.split()) == newer


@pytest.mark.parametrize(
    ("tag", "tags", "newest", "in_major"),
    [
        ("7.2", "7.2.9 7.4.4 7.4 8.0.3", "8.0.3", "7.4.4"),
        ("7.2-alpine", "7.4.4 7.4.4-alpine 8.0.3-alpine", "8.0.3-alpine", "7.4.4-alpine"),
        ("v1.4.2", "v1.5.0 v2.0.1", "v2.0.1", "v1.5.0"),
        ("0.2.0", "0.3.0 1.0.0", "1.0.0", "0.3.0"),
        # What is the newest of all is not told twice.
        ("1.27", "1.28.0 1.29.1", "1.29.1", None),
        # Nothing else is of that major version; of `7` all of it is followed anyway.
        ("7.4.4", "8.0.3", "8.0.3", None),
        ("7", "7.2.9 7.4.4 8.0.3", "8.0.3", None),
        # A year is no promise.
        ("20240101", "20240606 20250101", "20250101", None),
    ],
)
def test_the_newest_of_the_same_major_version_is_told_beside_it(
    tag: str, tags: str, newest: str, in_major: str | None
):
    assert newer_releases(tag, tags.split()) == Newer(newest, in_major)


def test_none_newer_is_another_answer_than_nobody_can_tell():
    assert newer_releases("1.29.1", ["1.29.1", "1.28.0", "latest"]) == Newer(None, None)
    assert newer_releases("latest", ["1.29.1", "1.28.0", "latest"]) is None


VERSIONS = st.lists(st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,2}){1,2}(-alpine)?", fullmatch=True), min_size=1)


@given(tags=VERSIONS)
def test_what_is_told_is_there_and_of_the_major_version_that_it_is_told_for(tags: list[str]):
    found = newer_releases(tags[0], tags)
    current = parse_version(tags[0])
    assert found is not None
    assert current is not None
    assert found.newest == newer_than(tags[0], tags)
    assert {found.newest, found.in_major} <= {None, *tags}
    if found.in_major is not None:
        in_major = parse_version(found.in_major)
        assert in_major is not None
        assert (in_major.release[0], in_major.variant) == (current.release[0], current.variant)
        assert in_major.rank >= current.rank


@pytest.mark.slow
def test_a_hundred_thousand_tags_are_looked_through_within_seconds():
    tags = [f"v{a}.{b}.{c}" for a in range(40) for b in range(50) for c in range(50)]
    start = time.process_time()
    assert newer_releases("v1.2.3", tags) == Newer("v39.49.49", "v1.49.49")
    assert time.process_time() - start < 30
