"""The merged tree, by itself: what it remembers, what it leaves out, and what it may cost."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import FrameType

import pytest
from tests.core.images.files.layered import Entries
from tests.core.images.files.test_tree_properties import indexes_of

from portcall.errors import TooLargeError, UnsupportedError
from portcall.images.files import MergedTree
from portcall.images.files.tree import Deletion
from portcall.oci.layers.entry import LayerEntry
from portcall.oci.layers.index import LayerIndex
from portcall.testing.images import DELETED, OPAQUE, directory, file, symlink


def tree_of(*layers: Entries) -> MergedTree:
    return MergedTree.of(indexes_of(layers))


def index_of(*entries: LayerEntry) -> LayerIndex:
    return LayerIndex("sha256:none", entries, "gzip")


def test_a_directory_takes_the_attributes_of_its_last_entry_and_keeps_what_is_in_it():
    tree = tree_of([("d", directory(mode=0o700)), ("d/x", file())], [("d", directory(mode=0o755, uid=5))])
    node = tree.at("d")
    assert node is not None
    assert (node.entry.mode, node.entry.uid, node.layer, tree.names_in("d")) == (0o755, 5, 2, ("x",))


def test_the_root_may_have_an_entry_of_its_own():
    tree = tree_of([("./", directory(mode=0o700)), ("x", file())])
    assert (tree.root.entry.mode, tree.root.layer) == (0o700, 1)
    assert [path for path, _ in tree] == ["x"]


def test_a_directory_that_no_layer_states_is_roots():
    tree = tree_of([("a/b/c", file())])
    node = tree.at("a/b")
    assert node is not None
    assert (node.is_implied, node.entry.mode, node.entry.uid, node.layer) == (True, 0o755, 0, 1)


@pytest.mark.parametrize("turned", [False, True])
def test_a_directory_that_is_kept_for_a_new_file_is_roots_wherever_its_whiteout_stands(turned: bool):
    entries = [("d", DELETED), ("d/new", file())]
    tree = tree_of([("d", directory(mode=0o700)), ("d/old", file())], entries[::-1] if turned else entries)
    node = tree.at("d")
    assert node is not None
    assert (node.is_implied, node.layer, node.entry.mode, tree.names_in("d")) == (True, 2, 0o755, ("new",))


def test_names_that_mean_nothing_to_engines_are_no_files():
    tree = tree_of([("x", file())], [(".wh..wh.plnk", directory()), (".wh..wh.aufs", file()), (".wh.", file())])
    assert [path for path, _ in tree] == ["x"]
    assert tree.notes == ("layer 2: 1 of its entries are whiteouts of nothing",)


def test_what_no_file_system_takes_is_left_out():
    long = (
        LayerEntry("a" * 256, "file"),
        LayerEntry("a/" * 2048 + "a", "file"),
        LayerEntry("l", "symlink", target=""),
    )
    tree = MergedTree.of([index_of(*long, LayerEntry("a" * 255, "file"))])
    assert [len(path) for path, _ in tree] == [255]
    assert tree.notes == ("layer 1: 3 of its entries have names that no file system takes",)


def test_engines_that_differ_are_told_of():
    tree = tree_of([("usr", directory()), ("bin", symlink("usr"))], [("bin/x", file()), ("bin/y", file())])
    assert tree.names_in("usr") == ("x", "y")
    assert tree.notes == ("layer 2: 2 of its entries are below a link of a lower layer, where engines differ",)


def test_a_layer_that_could_not_be_read_is_named_and_keeps_its_number():
    index = index_of(LayerEntry("x", "file"))
    tree = MergedTree.of([index, (missing := UnsupportedError("it is encrypted")), index])
    node = tree.at("x")
    assert node is not None
    assert (dict(tree.unreadable), node.layer) == ({2: missing}, 3)


FULL = [("a", directory()), ("a/b", directory()), ("a/b/c", file()), ("a/d", file())]


@pytest.mark.parametrize(
    ("layers", "path", "deletion"),
    [
        ([FULL, [("a/d", DELETED)]], "a/d", Deletion(2, "whiteout", "a/d", 1)),
        ([FULL, [("a", DELETED)]], "a/b/c", Deletion(2, "whiteout", "a", 1)),
        ([FULL, [("a", OPAQUE)]], "a/b/c", Deletion(2, "opaque", "a/b", 1)),
        ([FULL, [("a", file())]], "a/b/c", Deletion(2, "replaced", "a", 1)),
        ([FULL, [("a", DELETED)], [("a/x", file())]], "a/b/c", Deletion(2, "whiteout", "a", 1)),
        ([FULL, [("a", DELETED)], [("a/x", file())], [("a", DELETED)]], "a/b/c", Deletion(2, "whiteout", "a", 1)),
        ([FULL, [("a", DELETED)], FULL, [("a", DELETED)]], "a/b/c", Deletion(4, "whiteout", "a", 3)),
        ([FULL, [("a/d", DELETED)], [("a", DELETED)]], "a/d", Deletion(2, "whiteout", "a/d", 1)),
        ([FULL, [("a/x", DELETED)]], "a/x", None),
        ([FULL], "a/b/c", None),
        ([FULL, [("a", DELETED)]], "a/b/z", None),
    ],
)
def test_what_was_deleted_is_remembered(layers: Sequence[Entries], path: str, deletion: Deletion | None):
    assert tree_of(*layers).deletion(path) == deletion


@pytest.mark.slow
def test_half_a_million_files_have_their_place():
    folders = [LayerEntry(f"d{number}", "directory") for number in range(1_000)]
    files = [LayerEntry(f"d{number % 1_000}/f{number}", "file") for number in range(499_000)]
    tree = MergedTree.of([index_of(*folders, *files)])
    assert sum(1 for _ in tree) == 500_000


@pytest.mark.slow
def test_more_names_than_any_image_has_are_refused():
    """A few thousand deep names imply millions of directories."""
    below = "/".join("ab" * 1000)
    with pytest.raises(TooLargeError, match="more than 2,000,000 files"):
        MergedTree.of([index_of(*(LayerEntry(f"{number}/{below}", "file") for number in range(1100)))])


@pytest.mark.slow
def test_links_that_lead_on_and_on_are_refused():
    links = [LayerEntry(f"l{n}", "symlink", target="./" * 1000 + f"l{n + 1}") for n in range(250)]
    files = [LayerEntry(f"l0/d{n}/f", "file") for n in range(1000)]
    with pytest.raises(TooLargeError, match="on and on"):
        MergedTree.of([index_of(*links, *files)])


def test_repeated_deletions_cost_no_more_than_the_first():
    """Emptying a directory again and again looks at what is in it once."""

    def cost(count: int) -> int:
        entries = [LayerEntry("d", "directory")]
        for number in range(count):
            file, opaque = LayerEntry(f"d/{number}", "file"), LayerEntry("d/.wh..wh..opq", "file")
            entries += [file, opaque, LayerEntry(".wh.d", "file")]
        index = index_of(*entries)
        calls = 0

        def called(frame: FrameType, event: str, argument: object) -> None:
            nonlocal calls
            calls += event == "call"

        before = sys.getprofile()
        sys.setprofile(called)
        try:
            tree = MergedTree.of([index, index])
        finally:
            sys.setprofile(before)
        assert len(tree.names_in("d")) == count
        return calls

    assert cost(800) < 10 * cost(100)
