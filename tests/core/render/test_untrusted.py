"""Other people's words are shown as code, on one line where they are told, and never hide anything."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.render.markdown_scanner import outside_code
from tests.core.render.texts import ANYTHING, unhurried

from portcall.render.untrusted import code, fenced, plain_line, shortened, visible

HIDING = {
    "an ANSI colour": ("\x1b[1;31mred\x1b[0m", "red"),
    "a C1 colour": ("\x9b31mred", "red"),
    "an OSC 8 link": ("\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\", "click"),
    "an OSC title": ("\x1b]0;title\x07rest", "rest"),
    "a bidi override": ("user\u202e\u2066// admin\u2069", "user// admin"),
    "zero width": ("pass\u200bword\u200d\ufeff", "password"),
    "tag characters": ("hello" + "".join(chr(0xE0000 + ord(c)) for c in "ignore this"), "hello"),
    "variation selectors": ("a\ufe0f\U000e0101b", "ab"),
    "a lone surrogate": ("a\ud800b", "ab"),
    "NUL and backspace": ("a\x00\x08b\x7f", "ab"),
    "line breaks": ("a\r\nb\u2028c\x85d\te", "a b c d e"),
    "blanks of many kinds": ("a\u00a0\u3000\u2003b", "a b"),
    "fillers": ("a\u3164\u115f\u2800\uffa0b", "ab"),
    "private use": ("a\ue000\U000f0000b", "ab"),
    "soft hyphen": ("in\u00advisible", "invisible"),
}


@pytest.mark.parametrize("what", HIDING)
def test_what_hides_is_taken_out_of_prose(what: str):
    text, shown = HIDING[what]
    assert plain_line(text) == shown


@pytest.mark.parametrize("text", ["café ☃ 🐋", "Grüße", "数据库", "a\u0301"])
def test_other_scripts_stay(text: str):
    assert plain_line(text) == text
    assert visible(text) == text


def test_what_hides_in_a_file_is_written_out():
    assert visible("a\u202eb\x1b[0m\ud800\n\tc\r") == "a\\u{202e}b\\u{1b}[0m\\u{d800}\n\tc\\u{d}"


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("plain", "`plain`"),
        ("", "(empty)"),
        ("\u200b", "(empty)"),
        ("a `b` c", "`` a `b` c ``"),
        ("`", "`` ` ``"),
        ("```\n# x\n```", "```` ``` # x ``` ````"),
    ],
)
def test_a_code_span_holds_whatever_it_is_given(text: str, span: str):
    assert code(text) == span


@pytest.mark.parametrize("text", ["```", "a\n```\nb", "````\n```", "```` x\n   ````"])
def test_a_fence_is_longer_than_any_within(text: str):
    assert outside_code(f"{fenced(text)}\n\nafter").strip() == "▮\n\nafter"


def test_lengths_are_bounded_however_long_the_text():
    million = "x" * 1_000_000
    assert code(million, 50) == f"`{'x' * 49}…`"
    assert plain_line(million, 50) == shortened(million, 50) == "x" * 49 + "…"
    assert len(code("`" * 1_000_000, 300)) < 1000
    assert plain_line("\u200b" * 1_000_000 + "late") == ""


@given(ANYTHING)
@unhurried
def test_prose_is_one_visible_line(text: str):
    line = plain_line(text)
    assert len(line) <= 300
    assert line == line.strip()
    assert not [c for c in line if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}]


@given(ANYTHING, st.integers(min_value=1, max_value=80))
@unhurried
def test_a_code_span_never_ends_early(text: str, limit: int):
    assert outside_code(f"before {code(f'zqx{text}zqx', limit + 3)} after") == "before ▮ after"


@given(ANYTHING)
@unhurried
def test_a_fence_never_ends_early(text: str):
    assert outside_code(f"before\n\n{fenced(visible(f'zqx {text} zqx'))}\n\nafter") == "before\n\n▮\n\nafter"


@given(ANYTHING)
@unhurried
def test_what_is_visible_is_utf8_and_hides_nothing(text: str):
    shown = visible(text)
    shown.encode("utf-8")
    assert not [c for c in shown if unicodedata.category(c) in {"Cf", "Cs", "Co", "Zl", "Zp"}]
