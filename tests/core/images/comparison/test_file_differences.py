"""Two trees of files compared, as containers see them."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcall.images.comparison.file_trees import MOST_FILES, ComparedTree, FileDifferences, file_differences
from portcall.images.files.tree import MergedTree
from portcall.models import FileDifference
from portcall.oci.layers.entry import LayerEntry
from portcall.oci.layers.index import LayerIndex


def file(path: str, content: str = "x", **fields: Any) -> LayerEntry:
    raw = content.encode()
    return LayerEntry(path, "file", len(raw), digest=sha256(raw).digest(), **fields)


def unread(path: str, size: int, **fields: Any) -> LayerEntry:
    """Return a file whose contents nobody told a digest of."""
    return LayerEntry(path, "file", size, **fields)


def folder(path: str, **fields: Any) -> LayerEntry:
    return LayerEntry(path, "directory", **({"mode": 0o755} | fields))


def symlink(path: str, target: str, **fields: Any) -> LayerEntry:
    return LayerEntry(path, "symlink", target=target, **fields)


def tree(*layers: list[LayerEntry], name: str = "") -> ComparedTree:
    indexes = [
        LayerIndex(f"sha256:{name}{number}", tuple(entries), "gzip") for number, entries in enumerate(layers)
    ]
    return ComparedTree(MergedTree.of(indexes), [index.digest for index in indexes])


def compared(a: list[LayerEntry], b: list[LayerEntry]) -> FileDifferences:
    return file_differences(tree(a, name="a"), tree(b, name="b"))


def changed(a: LayerEntry, b: LayerEntry) -> tuple[str, ...]:
    """Return what is told to have changed at the one path that there is."""
    found = compared([a], [b])
    assert (found.added, found.removed) == (0, 0)
    return found.largest[0].what if found.largest else ()


def test_what_is_added_and_removed_is_told_with_its_size():
    found = compared([file("a", "12345"), file("both")], [file("both"), file("b", "123"), folder("d")])
    assert found.largest == (
        FileDifference(path="/a", change="removed", size_a=5),
        FileDifference(path="/b", change="added", size_b=3),
        FileDifference(path="/d", change="added"),
    )
    assert (found.added, found.removed, found.changed, found.is_same) == (2, 1, 0, False)


def test_a_folder_that_is_new_brings_all_that_is_in_it():
    found = compared([], [folder("d"), folder("d/e"), file("d/e/f")])
    assert found.added == 3


@pytest.mark.parametrize(
    ("a", "b", "what"),
    [
        (file("x", "old"), file("x", "new"), ("content",)),
        (file("x", "old"), file("x", "longer"), ("content",)),
        (file("x", "same"), file("x", "same"), ()),
        (file("x", mode=0o644), file("x", mode=0o4755), ("mode",)),
        (file("x", uid=0), file("x", uid=1000), ("owner",)),
        (file("x", gid=0), file("x", gid=1000), ("owner",)),
        (file("x", "old", mode=0o600), file("x", "new", gid=5), ("content", "mode", "owner")),
        (file("x"), folder("x"), ("kind",)),
        (symlink("x", "/old"), symlink("x", "/new"), ("target",)),
        (symlink("x", "/same", mode=0o777), symlink("x", "/same", mode=0o755), ()),
        (folder("x"), folder("x", mode=0o700), ("mode",)),
        (file("x", mtime=1), file("x", mtime=2), ()),
        (unread("x", 0), file("x", ""), ()),
        (unread("x", 3), file("x", "longer"), ("content",)),
        (unread("x", 3), file("x", "new"), ("content?",)),
        (unread("x", 3), unread("x", 3), ("content?",)),
        (unread("x", 3), unread("x", 3, mode=0o600), ("content?", "mode")),
    ],
)
def test_what_has_changed_is_said(a: LayerEntry, b: LayerEntry, what: tuple[str, ...]):
    assert changed(a, b) == what


def test_contents_that_cannot_be_compared_are_neither_the_same_nor_not():
    found = compared([unread("x", 3)], [unread("x", 3)])
    assert (found.changed, found.unknown, found.is_same) == (1, 1, None)
    assert found.doubts == ("of 1 files of the same size it is not known whether they differ",)
    found = compared([unread("x", 3), file("y", "1")], [unread("x", 3), file("y", "2")])
    assert (found.unknown, found.is_same) == (1, False)


def test_a_file_of_a_layer_that_both_have_is_the_same_whatever_is_told_of_it():
    shared = [unread("x", 3)]
    assert file_differences(tree(shared), tree(shared, [file("y")])).changed == 0


def test_hard_links_are_compared_by_what_they_lead_to():
    """Whether two names share their contents, a container hardly ever notices."""
    linked = [file("a", "same"), LayerEntry("b", "hardlink", target="a")]
    assert compared(linked, [file("a", "same"), file("b", "same")]).is_same is True
    assert compared(linked, [file("a", "same"), file("b", "else")]).largest[0].path == "/b"


def test_only_what_containers_see_counts():
    a = tree([file("a"), file("gone")], [LayerEntry(".wh.gone", "file")], name="a")
    assert file_differences(a, tree([file("a")], name="b")).is_same is True


def test_the_largest_difference_comes_first():
    a = [file("small", "1"), file("big", "1" * 50), file("mode", "1" * 900), file("gone", "1" * 20)]
    b = [file("small", "2"), file("big", "2" * 50), file("mode", "1" * 900, mode=0o600), file("new", "1" * 30)]
    assert [each.path for each in compared(a, b).largest] == ["/big", "/new", "/gone", "/small", "/mode"]


def test_of_many_differences_the_largest_are_listed_and_all_are_counted():
    many = [file(f"f{number:03}", "x" * number) for number in range(MOST_FILES + 50)]
    found = compared([], many)
    assert found.added == MOST_FILES + 50
    assert len(found.largest) == MOST_FILES
    assert found.largest[-1].size_b == 50
    assert found.doubts == ("250 paths differ; the 200 largest differences are listed",)
    assert compared([], many[:MOST_FILES]).doubts == ()


def test_a_name_that_is_no_text_can_be_told():
    assert compared([], [file("\udcff")]).largest[0].path == "/\\xff"


_paths = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join)
_files = st.dictionaries(_paths, st.sampled_from(["1", "22", "33"]), max_size=6)


def _placed(files: dict[str, str]) -> dict[str, str]:
    """Leave out what is below a file."""
    return {path: text for path, text in files.items() if not any(path.startswith(f"{other}/") for other in files)}


@given(_files.map(_placed), _files.map(_placed))
def test_counts_are_those_of_two_plain_listings(a: dict[str, str], b: dict[str, str]):
    found = compared([file(*item) for item in a.items()], [file(*item) for item in b.items()])
    listed = {each.path[1:]: each for each in found.largest if each.size_a is not None or each.size_b is not None}
    assert {path for path, each in listed.items() if each.change == "added"} == {
        path for path in b.keys() - a.keys() if not any(other.startswith(f"{path}/") for other in a)
    }
    for path in a.keys() & b.keys():
        assert (path in listed) == (a[path] != b[path])
    assert found.is_same is (a == b)
