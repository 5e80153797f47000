"""What holds for every text: nothing raises, the order is total, keys are unique, answers come from the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st

from portcall.errors import InvalidArgumentError
from portcall.tags import (
    TagPattern,
    is_referrer_tag,
    nearest,
    newer_than,
    newest_stable,
    parse_version,
    version_key,
)

if TYPE_CHECKING:
    from random import Random

HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

anything = st.text(st.characters(), max_size=200)  # surrogates included
# Names made of what tags are made of, so that they get past the first checks.
numbers = st.integers(0, 99).map(str)
releases = st.lists(numbers, min_size=1, max_size=4).map(".".join)
WORDS = """
alpine alpine3.20 slim rc rc1 beta b3 dev nightly r4 ls12 p1 jdk17 20240101 2024-07-04 72314 g1a2b3c4
sha-abcdefa final 0.dev u412 latest
"""
words = st.sampled_from([*WORDS.split(), HEX])
marks = st.sampled_from(["-", "_", ".", "", "+", "~", "v", "sha256-", "RELEASE.", "0", "00"])
likely = st.one_of(
    st.lists(st.one_of(releases, words, marks), max_size=7).map("".join),
    st.tuples(st.sampled_from(["", "v"]), releases, st.sampled_from(["", "-rc1", "-alpine", "-2"])).map("".join),
)
tags = st.one_of(likely, anything)


@given(tags)
@example("9" * 5000)
@example("1." * 64 + "1")
@example("٣.١")
def test_reading_a_tag_never_raises(tag: str):
    version = parse_version(tag)

    assert version is None or (version.tag == tag and version.release)
    assert is_referrer_tag(tag) in {True, False}


@given(st.lists(tags, unique=True, max_size=12))
def test_keys_are_unique_and_hashable(names: list[str]):
    assert len({version_key(name) for name in names}) == len(names)


@given(tags, tags, tags)
def test_order_is_strict_and_total(one: str, two: str, three: str):
    a, b, c = version_key(one), version_key(two), version_key(three)

    assert (a < b) + (b < a) + (a == b) == 1
    assert (a == b) == (one == two)
    if a < b < c:
        assert a < c


@given(st.lists(tags, unique=True, max_size=12), st.randoms(use_true_random=False))
def test_sorting_does_not_depend_on_the_order_before(names: list[str], random: Random):
    shuffled = list(names)
    random.shuffle(shuffled)

    assert sorted(names, key=version_key) == sorted(shuffled, key=version_key)


@given(releases, st.sampled_from(["20240101", "2024-01-15", "2024.01.15", "240711", "1720000000", "r77"]))
def test_date_like_number_never_outranks_a_dotted_version(release: str, date: str):
    assert version_key(f"{release}.1") > version_key(date)


@given(releases, st.sampled_from(["-rc1", "rc1", "-alpha", ".dev3", "-0.nightly", "-beta.2-alpine"]))
def test_prerelease_is_below_its_release_and_all_its_variants(release: str, suffix: str):
    assert version_key(release + suffix) < version_key(release)
    assert version_key(release + suffix) < version_key(f"{release}-alpine")


@given(st.lists(tags, max_size=12))
def test_newest_stable_is_one_of_the_tags_and_neither_word_nor_prerelease(names: list[str]):
    newest = newest_stable(names)

    if newest is not None:
        version = parse_version(newest)
        assert newest in names
        assert version is not None
        assert not version.is_prerelease


@given(tags, st.lists(tags, max_size=12))
def test_newer_release_is_one_of_the_tags_and_not_the_same(tag: str, names: list[str]):
    newer = newer_than(tag, names)

    assert newer is None or (newer in names and newer != tag)


@given(tags, st.lists(tags, max_size=12), st.integers(-1, 7))
def test_suggestions_are_among_the_tags_and_within_the_limit(wanted: str, names: list[str], limit: int):
    found = nearest(wanted, names, limit=limit)

    assert set(found) <= set(names) - {wanted}
    assert len(found) == len(set(found)) <= max(0, limit)


@given(
    st.sampled_from(["", "re:", "version:", "version:>=", "version:~>", "[", "*"]),
    st.one_of(anything, likely, st.text("><=~^!*x., |()[]{}\\?+0129av-", max_size=40)),
    tags,
)
@example("re:", "\ud800", "\ud800")
@example("re:", "\x00", "\x00")
@example("", "[[a--b]", "a")
@example("", "[z-a]", "a")
@example("version:", "~>*", "1")
def test_pattern_raises_nothing_but_invalid_argument(prefix: str, text: str, tag: str):
    try:
        pattern = TagPattern.parse(prefix + text)
    except InvalidArgumentError:
        return
    assert pattern.matches(tag) in {True, False}


@given(tags.filter(lambda tag: 0 < len(tag.strip()) <= 128))
def test_exact_version_selects_itself(tag: str):
    version = parse_version(tag)
    if version is None or version.revision or "~" in tag:
        return
    pattern = TagPattern.parse(f"version:{tag}")

    assert pattern.matches(tag)
