"""A file that is looked for from the top layer down is the one that the whole tree has, for every path."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.images.files.layered import ALL_PATHS, CASES, IMAGES, TIDY_IMAGES, Entries, archive
from tests.core.images.files.memory_reader import MemoryReader, opened
from tests.core.images.files.naive import NaiveImage, Seen, unpacked

from portcall.errors import NotFoundError
from portcall.images.files.search import Search
from portcall.testing.images import directory, file, symlink

#: More than any file here has.
WHOLE = (0, 100)


async def found(layers: Sequence[bytes], path: str, reader: Any) -> tuple[str, str]:
    """Return what the search finds: its kind, and contents."""
    search = Search(opened(len(layers)), reader, WHOLE)
    try:
        located = await search.find(path)
    except NotFoundError as error:
        return "missing", error.message
    if located.node.kind != "file":
        return located.node.kind, ""
    contents = await search.contents(located.node, 0, located.node.content.entry.size)
    return "file", contents.decode()


def expected(naive: NaiveImage, path: str) -> Seen:
    seen = naive.read(path)
    return Seen("missing") if seen is None or seen.kind in {"loop", "broken"} else seen


def check(layers: Sequence[Entries], known: set[int], paths: Sequence[str], *, leaves_early: bool) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        archives = list(map(archive, layers))
        naive = unpacked(folder / "root", archives)
        with asyncio.Runner() as runner:
            for path in paths:
                reader = MemoryReader(archives, sorted(known), leaves_early=leaves_early)
                kind, contents = runner.run(found(archives, path, reader))
                wanted = expected(naive, path)
                assert kind == wanted.kind, (path, contents)
                assert kind != "file" or contents == wanted.value
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize("layers", CASES.values(), ids=CASES)
def test_what_has_to_be_right_in_particular_is_found(layers: Sequence[Entries]):
    for known in (set[int](), {1}, {1, 2, 3}):
        check(layers, known, ALL_PATHS + SOME_PATHS, leaves_early=False)


def test_a_directory_behind_the_place_where_a_layer_could_be_left_counts():
    """``g`` has to be there for ``g/../f``, and the alias ``b`` decides what ``a/f`` is."""
    check([[("f", file("1"))], [("f", file("2")), ("g", directory())]], set(), ["g/../f"], leaves_early=True)
    check([[], *CASES["an alias from above"]], set(), ["a/f"], leaves_early=True)
    check([[("f", file("1")), ("a/x", file("1"))], [("a", directory())]], set(), ["f", "a/x"], leaves_early=True)


def test_forty_links_are_followed_and_no_more():
    links = [(f"l{number}", symlink(f"l{number + 1}")) for number in range(41)]
    check([[*links, ("l41", file("end"))]], set(), ["l0", "l1", "l2"], leaves_early=False)


#: More paths that lead somewhere in :data:`CASES`.
SOME_PATHS = (
    *("l", "a/l", "a/l/x", "a/b/l/x", "h", "f", "a/old", "a/b/old", "a/b/c/new"),
    *(f"{above}/{name}" for above in ("a", "b", "c", "d", "a/b", "b/c", "l") for name in "xyf"),
)
KNOWN = st.sets(st.integers(1, 4), max_size=3)
PATHS = st.lists(st.sampled_from(ALL_PATHS), min_size=4, max_size=12)


@given(IMAGES, KNOWN, PATHS)
@settings(max_examples=60, deadline=None)
def test_the_search_finds_what_unpacking_makes(layers: Sequence[Entries], known: set[int], paths: list[str]):
    check(layers, known, paths, leaves_early=False)


@given(TIDY_IMAGES, KNOWN, PATHS)
@settings(max_examples=60, deadline=None)
def test_what_is_found_before_a_layer_ends_is_the_same(
    layers: Sequence[Entries], known: set[int], paths: list[str]
):
    """Only a layer that has the same name twice could tell otherwise behind the place where it was left."""
    check(layers, known, paths, leaves_early=True)


@pytest.mark.slow
@given(IMAGES, KNOWN)
@settings(max_examples=1_500, deadline=None)
def test_the_search_finds_what_unpacking_makes_in_very_many_cases(layers: Sequence[Entries], known: set[int]):
    check(layers, known, [*ALL_PATHS, "a/../b", "a/./b/", "b/../../a"], leaves_early=False)


@pytest.mark.slow
@given(TIDY_IMAGES, KNOWN)
@settings(max_examples=1_500, deadline=None)
def test_what_is_found_before_a_layer_ends_is_the_same_in_very_many_cases(
    layers: Sequence[Entries], known: set[int]
):
    check(layers, known, ALL_PATHS, leaves_early=True)
