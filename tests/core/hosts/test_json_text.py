"""JSON that editors write: read with its places, and its mistakes told with theirs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcall.hosts.json_text import JsonTextError, read_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(VALUES, st.sampled_from([None, 2, "\t"]), st.booleans(), st.booleans())
def test_whatever_json_writes_is_read_alike(
    value: Any, indent: int | str | None, ascii_: bool, lenient: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_)
    read = read_json(text, lenient=lenient)
    assert read.data == value
    assert (read.start, read.end) == (0, len(text))


@given(st.text(alphabet='{}[]:,"\\/* \n\tat1-.e\ufeff', max_size=30), st.booleans())
def test_any_text_is_read_or_refused_and_what_json_takes_is_taken(text: str, lenient: bool) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        expected = ...
    try:
        data = read_json(text, lenient=lenient).data
    except JsonTextError:
        data = ...
    if expected is not ...:
        assert data == expected
    elif not lenient and not text.startswith("\ufeff"):
        assert data is ...


def test_places_are_those_of_the_text() -> None:
    text = '// head\n{ "a" : [1, 2,], /* b */ "c": {"d": null,} , }'
    root = read_json(text, lenient=True)
    a, c = root.members
    assert (text[a.start :].startswith('"a"'), text[a.value.start : a.value.end]) == (True, "[1, 2,]")
    (d,) = c.value.members
    assert (d.key, d.value.data, text[d.value.start : d.value.end]) == ("d", None, "null")
    assert root.data == {"a": [1, 2], "c": {"d": None}}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{\n  "a": 1\n  "b": 2\n}', "a comma or } is missing (line 3, column 3)"),
        ('{\n  "a" 1}', "a colon is missing (line 2, column 7)"),
        ("{a: 1}", "a key is missing (line 1, column 2)"),
        ('{"a": }', "a value is missing (line 1, column 7)"),
        ('{"a": "b\n"}', "a value is missing (line 1, column 7)"),
        ('{"a": 1} {', "there is more after its end (line 1, column 10)"),
        ("[1, /* never closed", "a value is missing (line 1, column 5)"),
        ('{"a": "\\x"}', "a string or number cannot be read (line 1, column 7)"),
        ("[" * 100_000, "it is nested too deeply (line 1, column 1)"),
        ("", "a value is missing (line 1, column 1)"),
    ],
    ids=["comma", "colon", "bare key", "no value", "line end", "more", "comment", "escape", "deep", "empty"],
)
def test_a_mistake_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(JsonTextError) as caught:
        read_json(text, lenient=True)
    assert str(caught.value) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": 1, // one\n"b": 2}', "a comment, which this file may not have (line 1, column 10)"),
        ('{"a": [1, 2,]}', "a comma stands before the end, which this file may not have (line 1, column 12)"),
    ],
)
def test_a_host_that_reads_json_to_the_letter_is_told_what_it_would_not_read(text: str, told: str) -> None:
    assert read_json(text, lenient=True)
    with pytest.raises(JsonTextError) as caught:
        read_json(text, lenient=False)
    assert told in str(caught.value)
