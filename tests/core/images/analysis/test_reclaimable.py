"""Bytes in layers that no container sees: what a rebuild could save."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.core.images.analysis.layer_indexes import file, folder, layers, link, opaque, whiteout

from portcall.images.analysis.efficiency import dive_figures
from portcall.images.analysis.reclaimable import Reclaimable, reclaimable, wasted_files
from portcall.images.analysis.visible import VisibleFiles
from portcall.images.files.tree import MergedTree
from portcall.models import WastedFile
from portcall.oci.layers.entry import LayerEntry


def lost(*contents: list[LayerEntry]) -> Reclaimable:
    indexes = layers(*contents)
    return reclaimable(dict(enumerate(indexes, 1)), VisibleFiles(MergedTree.of(indexes)))


def wasted(*contents: list[LayerEntry]) -> tuple[WastedFile, ...]:
    indexes = layers(*contents)
    return wasted_files(dict(enumerate(indexes, 1)), lost(*contents), dive_figures(indexes).repeated)


# What is lost


def test_nothing_is_lost_where_every_file_is_seen():
    found = lost([file("a", 10), folder("d"), file("d/b", 20)], [file("d/c", 5)])
    assert (found.total, found.by_path) == (0, {})
    assert found.by_layer == {1: 0, 2: 0}


def test_an_overwritten_file_costs_its_first_copy_alone():
    """dive counts both."""
    found = lost([file("a", 10)], [file("a", 30)])
    assert found.by_layer == {1: 10, 2: 0}
    assert found.by_path == {"a": 10}


def test_a_deleted_file_is_lost():
    assert lost([file("a", 10), file("b", 1)], [whiteout("a")]).by_layer == {1: 10, 2: 0}


def test_a_deleted_folder_takes_all_of_its_files():
    """dive tells of none of them."""
    found = lost([folder("d"), file("d/a", 10), folder("d/e"), file("d/e/b", 20)], [whiteout("d")])
    assert found.by_path == {"d/a": 10, "d/e/b": 20}


def test_what_an_opaque_folder_hides_is_lost():
    """dive ignores it."""
    found = lost([folder("d"), file("d/a", 10), file("b", 1)], [opaque("d"), file("d/c", 5)])
    assert found.by_path == {"d/a": 10}


def test_a_file_in_a_folders_place_loses_what_was_in_the_folder():
    assert lost([folder("d"), file("d/a", 10)], [file("d", 3)]).by_path == {"d/a": 10}


def test_a_file_that_a_layer_has_twice_is_lost_once():
    assert lost([file("a", 10), file("a", 3)]).by_layer == {1: 10}


def test_contents_live_on_under_the_name_of_a_hard_link():
    contents = [file("a", 10), link("b", "a")]
    assert lost(contents, [whiteout("a")]).total == 0
    assert lost(contents, [whiteout("b")]).total == 0
    assert lost(contents, [whiteout("a"), whiteout("b")]).by_path == {"a": 10}


def test_a_hard_link_into_a_lower_layer_keeps_what_it_leads_to():
    assert lost([file("a", 10)], [link("b", "a")], [whiteout("a")]).total == 0


def test_the_bytes_of_a_whiteout_are_nobodys():
    assert lost([file("a", 10)], [LayerEntry(".wh.a", "file", 7)]).by_path == {"a": 10}


def test_the_same_layer_twice_is_lost_once():
    """Some builders repeat a layer; whoever reads it gets one index for both."""
    index = layers([file("a", 10)])[0]
    found = reclaimable({1: index, 2: index}, VisibleFiles(MergedTree.of([index, index])))
    assert found.by_layer == {1: 10, 2: 0}


def test_a_layer_that_could_not_be_read_has_no_share():
    index = layers([file("a", 10)])[0]
    found = reclaimable({2: index}, VisibleFiles(MergedTree.of([None, index])))
    assert found.by_layer == {2: 0}


# Told by path


def test_a_row_has_dives_numbers_and_the_honest_one_beside_them():
    (row,) = wasted([file("a", 10)], [file("a", 30)])
    assert row == WastedFile(path="/a", count=2, size=40, reclaimable=10)


def test_what_dive_does_not_tell_of_is_told_too():
    contents = [folder("d"), file("d/a", 10)]
    assert wasted(contents, [whiteout("d")]) == (WastedFile(path="/d/a", count=1, size=10, reclaimable=10),)


def test_deletions_count_as_copies():
    contents = [folder("d"), file("d/a", 10)], [opaque("d"), file("d/a", 20)], [whiteout("d/a")]
    (row,) = wasted_files(dict(enumerate(layers(*contents), 1)), lost(*contents), ())
    assert row == WastedFile(path="/d/a", count=3, size=30, reclaimable=30)


def test_the_worst_comes_first_then_the_largest():
    rows = wasted([file("a", 1), file("b", 2), file("c", 2)], [file("a", 9), whiteout("b"), file("c", 9)])
    assert [(row.path, row.reclaimable, row.size) for row in rows] == [("/c", 2, 11), ("/b", 2, 2), ("/a", 1, 10)]


def test_paths_that_waste_no_byte_are_not_told():
    """dive lists every folder that is empty in several layers."""
    assert wasted([folder("d")], [folder("d")], [folder("d")]) == ()


def test_a_name_that_is_no_text_can_be_told():
    (row,) = wasted([file("\udcff", 10)], [whiteout("\udcff")])
    assert row.path == "/\\xff"


# In general

_folders = st.sampled_from(["", "d", "d/e", "f"])
_paths = st.tuples(_folders, st.sampled_from("ab")).map(lambda parts: "/".join(filter(None, parts)))
_entries = st.one_of(
    st.builds(file, _paths, st.integers(1, 100)),
    st.builds(whiteout, _paths),
    st.builds(whiteout, _folders.filter(bool)),
    st.builds(opaque, _folders.filter(bool)),
)


def _unpacked(contents: list[list[LayerEntry]]) -> int:
    """Return how many bytes are there after unpacking: whiteouts first, for they concern lower layers alone."""
    files: dict[str, int] = {}
    for entries in contents:
        for entry in entries:
            gone = f"{entry.parent}/" if entry.is_opaque else entry.deleted
            for path in [
                path for path in files if gone and (path == gone or path.startswith(f"{gone.rstrip('/')}/"))
            ]:
                del files[path]
        files |= {entry.path: entry.size for entry in entries if not entry.is_marker}
    return sum(files.values())


@given(st.lists(st.lists(_entries, max_size=6), max_size=4))
def test_what_is_lost_is_what_unpacking_does_not_leave(contents: list[list[LayerEntry]]):
    written = sum(entry.size for entries in contents for entry in entries)
    found = lost(*contents)
    assert found.total == written - _unpacked(contents)
    assert sum(found.by_path.values()) == found.total
