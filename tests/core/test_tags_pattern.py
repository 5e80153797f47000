"""The `tag_pattern` argument: plain texts, globs, regular expressions, ranges of versions."""

from __future__ import annotations

import subprocess
import sys

import pytest

from portcall.errors import InvalidArgumentError
from portcall.tags import TagPattern

LIST = """
1 1-alpine 1.26 1.26.1 1.26.1-alpine 1.27 1.27-alpine 1.27.0 1.27.5 1.27.5-alpine3.21 1.27.5-alpine
1.28.0-rc1 1.28.0-rc1-alpine v1.27.5 2.0.0-beta1 2.0.0 2.0.0-1 20240101 2024.01.15 r1234 latest
"""
TAGS = LIST.split()


def selected(pattern: str) -> str:
    compiled = TagPattern.parse(pattern)
    return " ".join(tag for tag in TAGS if compiled.matches(tag))


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_empty_pattern_matches_every_tag(text: str):
    assert selected(text) == " ".join(TAGS)
    assert TagPattern.parse(text).kind == "all"


def test_plain_text_is_looked_for_anywhere():
    assert selected("alpine3") == "1.27.5-alpine3.21"
    assert selected("ALPINE") == ""
    assert TagPattern.parse("alpine").kind == "substring"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("1.27*-alpine", "1.27-alpine 1.27.5-alpine"),
        ("1.2?", "1.26 1.27"),
        ("1.[!7].x", ""),
        ("1.2[67]", "1.26 1.27"),
        ("*", " ".join(TAGS)),
        ("[", ""),
    ],
)
def test_glob_covers_the_whole_tag(pattern: str, expected: str):
    assert TagPattern.parse(pattern).kind == "glob"
    assert selected(pattern) == expected


def test_regular_expression_is_found_anywhere():
    assert selected(r"re:^1\.2[67]$") == "1.26 1.27"
    assert selected("re:rc[0-9]") == "1.28.0-rc1 1.28.0-rc1-alpine"
    assert selected("re:(?i)LATEST") == "latest"
    assert TagPattern.parse("re:x").kind == "regex"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("version:>=1.27 <2", "1.27 1.27-alpine 1.27.0 1.27.5 1.27.5-alpine3.21 1.27.5-alpine v1.27.5"),
        ("version:>=1.27,<2", "1.27 1.27-alpine 1.27.0 1.27.5 1.27.5-alpine3.21 1.27.5-alpine v1.27.5"),
        ("version: >= 1.27 , < 1.27.1", "1.27 1.27-alpine 1.27.0"),
        ("version:1.27", "1.27 1.27-alpine 1.27.0 1.27.5 1.27.5-alpine3.21 1.27.5-alpine v1.27.5"),
        ("version:v1.27.x", "1.27 1.27-alpine 1.27.0 1.27.5 1.27.5-alpine3.21 1.27.5-alpine v1.27.5"),
        ("version:=1.27.*", "1.27 1.27-alpine 1.27.0 1.27.5 1.27.5-alpine3.21 1.27.5-alpine v1.27.5"),
        ("version:=1.27", "1.27 1.27-alpine 1.27.0"),
        ("version:==1.26.0", "1.26"),
        ("version:>1.27.5", "2.0.0 2.0.0-1"),
        ("version:<=1.26", "1 1-alpine 1.26"),
        ("version:1 !=1.27.x", "1 1-alpine 1.26 1.26.1 1.26.1-alpine"),
        ("version:1.27 !=1.27.5", "1.27 1.27-alpine 1.27.0"),
        ("version:~1.26.1", "1.26.1 1.26.1-alpine"),
        ("version:~1.26", "1.26 1.26.1 1.26.1-alpine"),
        ("version:^1.27.1", "1.27.5 1.27.5-alpine3.21 1.27.5-alpine v1.27.5"),
        ("version:~>1.27", "1.27 1.27-alpine 1.27.0 1.27.5 1.27.5-alpine3.21 1.27.5-alpine v1.27.5"),
        ("version:~>1.26.0", "1.26 1.26.1 1.26.1-alpine"),
        ("version:*", selected("version:>=0")),
        ("version:2.0.0-1", "2.0.0-1"),
    ],
)
def test_version_range_selects_by_number_variants_included(pattern: str, expected: str):
    assert selected(pattern) == expected


@pytest.mark.parametrize(
    ("pattern", "tag", "matches"),
    [
        ("version:^0.2.3", "0.2.9", True),
        ("version:^0.2.3", "0.3.0", False),
        ("version:^0.0.3", "0.0.3", True),
        ("version:^0.0.3", "0.0.4", False),
        ("version:^0", "0.9.9", True),
        ("version:~1", "1.9", True),
        ("version:~1", "2.0", False),
        ("version:~>1", "1.9", True),
        ("version:~>1", "2.0", False),
        ("version:~>x", "2.0", True),
        ("version:2024", "2024.1.0", True),
        ("version:2024", "20240101", False),
        ("version:>=1.2.3-4", "1.2.3-3", False),
        ("version:>=1.2.3", "1.2.3-3", True),
        ("version:<=1.2.3", "1.2.3-3", True),
    ],
)
def test_version_range_draws_its_bounds_as_documented(pattern: str, tag: str, matches: bool):
    assert TagPattern.parse(pattern).matches(tag) is matches


def test_prereleases_match_only_when_a_comparator_names_one():
    assert "rc1" not in selected("version:>=1.27")
    assert selected("version:>=1.28.0-beta1 <2") == "1.28.0-rc1 1.28.0-rc1-alpine"
    assert selected("version:1.28.0-rc1") == "1.28.0-rc1 1.28.0-rc1-alpine"
    assert selected("version:>=2.0.0-alpha1 <=2") == "2.0.0-beta1 2.0.0 2.0.0-1"


def test_named_variant_leaves_the_others_out():
    assert selected("version:1.27-alpine") == "1.27-alpine 1.27.5-alpine3.21 1.27.5-alpine"
    assert selected("version:>=1.27.1-alpine3.21 <2") == "1.27.5-alpine3.21"


def test_dates_and_counters_match_only_ranges_that_name_them():
    assert selected("version:>=20240101") == "20240101 2024.01.15"
    assert selected("version:>20240101 <2025") == "2024.01.15"
    assert selected("version:r1234") == "r1234"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x" * 257, "longer than 256 characters"),
        ("re:(", "missing )"),
        ("re:(?<=a)b", "invalid perl operator"),
        (r"re:(a)\1", "invalid escape sequence"),
        ("re:(.*){500}", "too large"),
        ("re:(((x{50}){50}){50})", "invalid repetition size"),
        ("version:", "empty"),
        ("version: , ", "empty"),
        ("version:latest", "no version at character 1"),
        ("version:>=1.2 <bookworm", "no version at character 7"),
        ("version:>=1.2 || 2", "cannot be read from character 7 on"),
        ("version:>>1", "cannot be read from character 1 on"),
        ("version:>=1.2<2", "cannot be read from character 1 on"),
        ("version:>=20240101 <1.2", "mixes dates and versions"),
    ],
)
def test_unreadable_pattern_is_refused_with_its_reason(text: str, reason: str):
    with pytest.raises(InvalidArgumentError, match="tag_pattern") as caught:
        TagPattern.parse(text)

    assert reason in caught.value.message
    assert caught.value.hint


def test_refusal_repeats_nothing_of_the_pattern():
    for text in ("re:(sEcReT", "re:[[:sEcReT:]]", "version:sEcReT", "version:1 sEcReT"):
        with pytest.raises(InvalidArgumentError) as caught:
            TagPattern.parse(text)
        assert "sEcReT" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("text", ["re:(x+x+)+y", "re:^(a|a)*$", "re:(.?){60}z$", "*a*a*a*a*a*a*a*a*a*a*a*b"])
def test_hostile_pattern_ends_soon(text: str):
    compiled = TagPattern.parse(text)

    assert not any(compiled.matches(tag) for tag in ["x" * 50_000 + "!", "a" * 50_000 + "!"])


def test_regular_expressions_are_not_loaded_before_they_are_needed():
    program = "import sys, portcall.tags as t; t.TagPattern.parse('1.*'); sys.exit('re2' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
