"""What people type, as words that GitHub takes for nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcall_ghcr.names import SourceName
from portcall_ghcr.words import Words, named_package, named_source


@given(st.text(max_size=600))
def test_no_query_holds_qualifiers_quotes_or_operators(query: str):
    words = Words.of(query)
    assert len(words.text) <= 160
    assert not set(words.text) & set(':"()<>|@\n\x00')
    assert not {"AND", "OR", "NOT"} & set(words.text.split())
    assert not any(word.startswith("-") for word in words.text.split())
    words.text.encode()


@given(st.text(max_size=80) | st.from_regex(r"[a-zA-Z./:@_-]{1,20}", fullmatch=True))
def test_what_is_named_is_a_name(query: str):
    package, source = named_package(query), named_source(query)
    if package is not None:
        assert {".", "..", ""}.isdisjoint(package.split("/"))
    if source is not None:
        assert SourceName.parse(source.name.full) == source.name


@pytest.mark.parametrize(
    ("query", "package"),
    [
        ("acme/app", "acme/app"),
        ("Acme/App:1.0@sha256:abc", "acme/app"),
        ("ghcr.io/acme/tools/cli", "acme/tools/cli"),
        ("docker://ghcr.io/acme/app", "acme/app"),
        ("https://github.com/acme/app.git", "acme/app"),
        ("acme", None),
        ("acme/app tools", None),
        ("acme/..", None),
        ("ghcr.io/", None),
    ],
)
def test_a_package_is_named_by_name_image_or_address(query: str, package: str | None):
    assert named_package(query) == package


@pytest.mark.parametrize(
    ("query", "name", "rest", "is_certain"),
    [
        ("acme/app alpine", "acme/app", "alpine", False),
        ("linux/amd64", "linux/amd64", "", False),
        ("alpine https://github.com/acme/app/tree/main", "acme/app", "alpine", True),
        ("github.com/acme/app alpine", "acme/app", "alpine", True),
    ],
)
def test_a_repository_is_named_by_an_address_or_maybe_by_the_first_word(
    query: str, name: str, rest: str, is_certain: bool
):
    source = named_source(query)
    assert source is not None
    assert (source.name.full, source.rest, source.is_certain) == (name, rest, is_certain)


@pytest.mark.parametrize("query", ["python linux/amd64", "alpine and/or debian", "acme", ""])
def test_other_words_name_none(query: str):
    assert named_source(query) is None
