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
    package, (source, _) = named_package(query), named_source(query)
    if package is not None:
        assert {".", "..", ""}.isdisjoint(package.split("/"))
    if source is not None:
        assert SourceName.parse(source.full) == source


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
    ("query", "name", "rest"),
    [
        ("acme/app alpine", "acme/app", "alpine"),
        ("alpine https://github.com/acme/app/tree/main", "acme/app", "alpine"),
        ("python linux/amd64", None, "python linux/amd64"),
        ("alpine and/or debian", None, "alpine and/or debian"),
    ],
)
def test_a_repository_is_named_by_the_first_word_or_an_address(query: str, name: str | None, rest: str):
    source, words = named_source(query)
    assert (source.full if source else None, words) == (name, rest)
