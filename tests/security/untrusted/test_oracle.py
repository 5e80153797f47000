"""The judge finds whatever comes alive: a judge who lets everybody go proves nothing."""

from __future__ import annotations

import pytest
from tests.security.untrusted.oracle import faults_in_json, faults_in_text, faults_on_terminal
from tests.security.untrusted.payloads import FORGED, PAYLOADS, SHORT, WORD, mixtures, wrapped

QUIET = f"""# nginx:1.27 for `linux/amd64 {WORD}`

- pinned: `nginx@sha256:aaaa`
- **missing**, as `` {WORD} ` `` said

```text
  1 {WORD}
```

**Note:** it was read in part.
"""


def test_an_answer_of_ours_has_no_fault():
    assert faults_in_text(QUIET) == []


@pytest.mark.parametrize("what", SHORT)
def test_words_that_were_not_quoted_are_found(what: str):
    assert faults_in_text(f"# nginx\n\n- user: {wrapped(SHORT[what])}\n\nfurther")


@pytest.mark.parametrize(
    ("what", "live"),
    [
        ("a link", "link_open"),
        ("an image", "image"),
        ("a link by reference", "a definition of a link"),
        ("an address in angles", "link_open"),
        ("a bare address", "an address outside of code"),
        ("an element", "html_inline"),
        ("a script", "html_block"),
        ("a table", "table_open"),
        ("a quote and lists", "blockquote_open"),
        ("an underlined heading", "a heading by underlining"),
        ("a rule and indented code", "hr"),
        ("a fence of 3", "a fence that is none of ours"),
        ("tildes of 4", "a fence in another place or shape"),
        ("a fence with a word", "a fence that does not close"),
        ("colours", "U+001B hides"),
        ("one-byte escapes", "U+009B hides"),
        ("isolates", "U+2066 hides"),
        ("invisible ASCII", "U+E0063 hides"),
        ("variation selectors", "U+FE0F hides"),
        ("fillers", "U+2800 hides"),
        ("invisible mathematics", "U+2061 hides"),
        ("private use", "U+E000 hides"),
        ("CR alone", "U+000D hides"),
        ("a paragraph separator", "U+2029 hides"),
    ],
)
def test_what_is_live_is_called_by_its_name(what: str, live: str):
    told = f"said{PAYLOADS[what]}"
    assert any(live in fault for fault in faults_in_text(told, words=True)), faults_in_text(told)


def test_a_span_that_ends_early_is_found():
    assert faults_in_text(f"- user: `{WORD} ` {WORD} `x`")


def test_a_row_in_a_fence_that_somebody_else_began_is_found():
    rows = f"```text\n  1 RUN\n{FORGED} {WORD}\n```"
    assert faults_in_text(rows) == ["a row that is forged"]
    assert faults_in_text(rows, document=True) == []


def test_half_a_character_is_found():
    assert any("cannot be sent" in fault for fault in faults_in_text("`\ud800`"))


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ({"labels": {"a": ["\u202e"]}}, ".labels.a: U+202E hides"),
        ({"labels": {"\x1b": 1}}, ".labels.(a key): U+001B hides"),
        ({"error": {"hint": f"Call {WORD}."}}, ".error.hint: quotes others"),
        ({"users": [{"web_url": "javascript:x"}]}, ".users.web_url: no address of a page"),
    ],
)
def test_what_is_wrong_with_json_is_found_wherever_it_stands(value: object, fault: str):
    assert fault in faults_in_json(value)


def test_json_may_hold_breaks_and_other_scripts():
    assert faults_in_json({"readme": "a\n\tb 数据 🐋", "n": None, "count": 3}) == []


@pytest.mark.parametrize(
    "shown",
    ["\x1b[2J", "\x1b]8;;https://x\x1b\\x", "\x1b[8mhidden\x1b[0m", "a\rb", "\x9b31m", f"x\n  {FORGED} row"],
)
def test_what_moves_a_cursor_is_found(shown: str):
    assert faults_on_terminal(shown)


def test_colours_and_line_ends_of_a_terminal_are_ours():
    assert faults_on_terminal("\x1b[1;32mgood\x1b[0m\r\n\x1b[2mdim\x1b[0m │ x\n") == []


def test_the_mixtures_leave_nothing_out():
    together = " ".join(mixtures())
    assert all(text in together for text in SHORT.values())
    assert len(mixtures()) < 20
