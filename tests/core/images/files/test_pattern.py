"""A pattern for paths matches what it says, and takes no longer for a hostile one."""

from __future__ import annotations

import contextlib
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcall.errors import InvalidArgumentError
from portcall.images.files.pattern import PathPattern

names = st.text("ab.", min_size=1, max_size=4).filter(lambda name: name not in {".", ".."})
paths = st.lists(names, min_size=1, max_size=4).map("/".join)
parts = st.text("ab.*?", min_size=1, max_size=4).filter(lambda part: part != "." and "**" not in part)
patterns = st.lists(st.one_of(parts, st.just("**")), min_size=2, max_size=5).map("/".join)


def matches(pattern: str, path: str) -> bool:
    parsed = PathPattern.parse(pattern)
    places = parsed.begin()
    for name in path.split("/"):
        places = parsed.step(places, name)
    return parsed.is_match(places)


def expression(pattern: str) -> str:
    """Return the pattern as a regular expression over a whole path: another way to say the same."""
    written = pattern.split("/")
    if written[-1] == "**":
        written.append("*")
    out = ""
    for number, part in enumerate(written):
        if part == "**":
            out += "(?:[^/]+/)*"
            continue
        out += re.escape(part).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
        out += "/" if number < len(written) - 1 else ""
    return out


@given(patterns, paths)
def test_parts_match_as_their_expression_does(pattern: str, path: str):
    assert matches(pattern, path) == (re.fullmatch(expression(pattern), path) is not None)


@given(parts, paths)
def test_a_pattern_without_a_slash_is_about_names(pattern: str, path: str):
    assert matches(pattern, path) == matches(f"**/{pattern}", path) == matches(pattern, path.rpartition("/")[2])


@given(st.text("ab.*?[]!/\\^-é\udce9", max_size=30), paths)
def test_any_pattern_matches_or_not_or_is_told_to_be_malformed(pattern: str, path: str):
    with contextlib.nullcontext() if "[" not in pattern else contextlib.suppress(InvalidArgumentError):
        assert matches(pattern, path) in {True, False}


@pytest.mark.parametrize("pattern", ["[", "x[a][b", "[]", "[!]", "usr/[a/b]", "[z-a]", "[!z-a]*", "?[a-cz-x]"])
def test_what_nobody_means_by_brackets_is_refused(pattern: str):
    with pytest.raises(InvalidArgumentError, match="the argument `pattern` has a"):
        PathPattern.parse(pattern)


@pytest.mark.parametrize(
    ("pattern", "named"),
    [("[[]", "["), ("[]]", "]"), ("[!]]", "["), ("[a-]", "-"), ("[-a]", "-"), ("[!-a]", "b"), ("[a-c-b]", "-")],
)
def test_brackets_can_hold_brackets_and_hyphens(pattern: str, named: str):
    assert matches(pattern, named)
    assert not matches(pattern, "aa")


def test_bytes_that_are_no_text_match_as_they_are_shown():
    assert matches(r"caf\xe9", "caf\udce9")
    assert matches("caf????", "caf\udce9")


def test_hostile_patterns_cost_little():
    began = time.process_time()
    assert not matches("*a" * 60 + "b", "a" * 255)
    assert not matches("/".join(["**", "a"] * 60 + ["b"]), "/".join("a" * 1000))
    assert time.process_time() - began < 5
