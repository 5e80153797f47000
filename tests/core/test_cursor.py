"""Cursors: opaque, self-contained, bound to their question; whatever is sent in their place."""

from __future__ import annotations

import base64
import json
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portcall.cursor import MAX_LENGTH, make_cursor, read_cursor
from portcall.errors import InvalidArgumentError

QUESTION = ("search_tags", "docker.io/library/nginx", "1.27*", "version")
VALUES = st.one_of(st.text(), st.integers(), st.none())


def forged(payload: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=")


def fingerprint() -> str:
    cursor = make_cursor([], QUESTION)
    return str(json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))[0])


@settings(deadline=None)
@given(st.lists(VALUES, max_size=4))
def test_a_position_comes_back_as_it_was(position: list[str | int | None]):
    kinds = [type(value) for value in position]
    assert read_cursor(make_cursor(position, QUESTION), QUESTION, *kinds) == position


@settings(deadline=None)
@given(st.lists(VALUES, max_size=4))
def test_a_cursor_survives_any_url_and_any_json(position: list[str | int | None]):
    assert set(make_cursor(position, QUESTION)) <= set(string.ascii_letters + string.digits + "-_")


def test_a_cursor_for_the_longest_tag_is_short_enough_to_be_read():
    cursor = make_cursor(["x" * 128, "2024-05-01T12:00:00.123456789Z"], QUESTION)
    assert len(cursor) < MAX_LENGTH


def test_another_process_makes_the_same_cursor():
    assert make_cursor(["1.27.5", None], ("search_tags", "x")) == "WyI0MWNiMzYwOWEzMzIiLCIxLjI3LjUiLG51bGxd"


@settings(deadline=None)
@given(st.lists(st.text(max_size=5), min_size=1, max_size=4))
def test_another_question_is_refused(question: list[str]):
    cursor = make_cursor(["1.27.5"], QUESTION)
    if tuple(question) != QUESTION:
        with pytest.raises(InvalidArgumentError, match="belongs to a call with other arguments"):
            read_cursor(cursor, question, str)


def test_arguments_cannot_be_moved_from_one_to_the_next():
    with pytest.raises(InvalidArgumentError, match="belongs to a call with other arguments"):
        read_cursor(make_cursor(["x"], ("ab", "c")), ("a", "bc"), str)


@pytest.mark.parametrize(
    "position", [[], ["a", "b"], [1], [None], [["a"]], [{}], [True], [1.5]], ids=json.dumps
)  # fmt: skip
def test_a_position_of_another_shape_is_refused(position: list[object]):
    with pytest.raises(InvalidArgumentError, match="is no cursor of this list"):
        read_cursor(forged([fingerprint(), *position]), QUESTION, str)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_whatever_is_sent_is_read_or_refused(text: str):
    with pytest.raises(InvalidArgumentError) as refused:
        read_cursor(text, QUESTION, str)
    assert refused.value.hint


@settings(deadline=None)
@given(
    st.recursive(VALUES, lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children))
)
def test_whatever_json_is_sent_is_refused(payload: object):
    with pytest.raises(InvalidArgumentError):
        read_cursor(forged(payload), QUESTION, str)


@pytest.mark.parametrize(
    "cursor",
    ["", "=", "====", "A" * (MAX_LENGTH + 1), forged("[" * 300), base64.urlsafe_b64encode(b"[" * 700).decode(),
     base64.b64encode(b"[1" + b"0" * 700).decode(), "\ud800", "W\n10="],
)  # fmt: skip
def test_hostile_cursors_are_refused(cursor: str):
    with pytest.raises(InvalidArgumentError, match="is no cursor of this list"):
        read_cursor(cursor, QUESTION, str)


def test_a_refusal_repeats_nothing_of_the_cursor():
    with pytest.raises(InvalidArgumentError) as refused:
        read_cursor("hunter2", QUESTION, str)
    assert "hunter2" not in f"{refused.value} {refused.value.hint}"
