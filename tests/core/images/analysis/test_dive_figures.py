"""dive's figures, in dive's very way.

The golden numbers are dive's own: ``TestEfficency`` and ``TestEfficency_ScratchImage`` of its
``dive/filetree/efficiency_test.go``, and ``Test_Analysis`` of
``dive/image/docker/image_archive_analysis_test.go``. The other cases are computed by hand from its source.
"""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.images.analysis.dive_golden import TEST_IMAGE
from tests.core.images.analysis.layer_indexes import file, folder, layers, link, opaque, whiteout

from portcall.errors import TooLargeError
from portcall.images.analysis import dive_tree
from portcall.images.analysis.efficiency import DiveFigures, dive_figures
from portcall.oci.layers.entry import LayerEntry


def figures(*contents: list[LayerEntry]) -> DiveFigures:
    return dive_figures(layers(*contents))


def repeated(told: DiveFigures) -> dict[str, tuple[int, int]]:
    return {path.path: (path.times, path.size) for path in told.repeated}


# dive's own numbers


def test_dives_unit_case_is_met():
    """A folder is deleted that no entry made: its bytes are not counted again."""
    told = figures(
        [file("etc/nginx/nginx.conf", 2000), file("etc/nginx/public", 3000)],
        [file("etc/nginx/nginx.conf", 5000), file("etc/athing", 10000)],
        [whiteout("etc/nginx")],
    )
    assert told.efficiency == 0.75
    assert told.repeated == (("etc/nginx/nginx.conf", 2, 7000),)
    assert told.wasted_bytes == 7000


def test_an_image_without_a_byte_is_wholly_efficient():
    told = figures([file("nothing", 0)], [], [])
    assert (told.efficiency, told.wasted_bytes, told.repeated) == (1.0, 0, ())


def test_dives_golden_image_is_met_to_the_last_digit():
    told = dive_figures(TEST_IMAGE)
    assert told.efficiency == 0.9844212134184309
    assert told.size == 1220598
    assert told.size - 1154361 == 66237
    assert told.wasted_bytes == 32025
    assert told.wasted_percent == 0.4834911001404049


def test_dives_list_of_files_is_met():
    assert repeated(dive_figures(TEST_IMAGE)) == {
        "root/saved.txt": (2, 12810),
        "root/example/somefile1.txt": (2, 12810),
        "root/example/somefile3.txt": (2, 6405),
    }


# Which paths count


def test_a_file_that_is_written_again_is_wasted_with_all_its_copies():
    told = figures([file("a", 100)], [file("a", 300)], [file("a", 200)])
    assert repeated(told) == {"a": (3, 600)}
    assert told.efficiency == 100 / 600
    assert told.wasted_percent == 600 / 500


def test_a_folder_counts_only_in_layers_where_it_is_empty():
    told = figures([folder("etc"), file("etc/a", 1)], [folder("etc")], [folder("etc")])
    assert repeated(told) == {"etc": (2, 0)}


def test_a_hard_link_has_no_bytes():
    told = figures([file("a", 100), link("b", "a")], [link("b", "a")])
    assert repeated(told) == {"b": (2, 0)}
    assert told.efficiency == 1.0


def test_a_path_that_a_layer_has_twice_is_one_file_but_weighs_twice():
    told = figures([file("a", 100), file("a", 30)], [file("b", 10)])
    assert told.size == 140
    assert told.repeated == ()
    assert told.efficiency == 1.0


def test_a_single_layer_has_no_share_of_waste():
    assert figures([file("a", 100)]).wasted_percent is None


def test_upper_layers_without_a_byte_have_no_share_of_waste():
    """dive divides by zero there."""
    told = figures([file("a", 100)], [whiteout("a")])
    assert (told.wasted_bytes, told.wasted_percent) == (100, None)


# Deletions


def test_deleting_a_file_wastes_its_bytes_once():
    told = figures([file("a", 100), file("b", 100)], [whiteout("a")])
    assert repeated(told) == {"a": (2, 100)}
    assert told.efficiency == 100 / 200


def test_deleting_a_folder_counts_all_below_it_again():
    told = figures([folder("d"), file("d/a", 100), folder("d/e"), file("d/e/b", 20)], [whiteout("d")])
    assert told.efficiency == 240 / 240
    assert told.repeated == ()


def test_a_folder_that_was_empty_and_then_deleted_twice_counts_each_time():
    told = figures(
        [folder("d")],
        [folder("d"), file("d/a", 100)],
        [whiteout("d")],
        [folder("d"), file("d/a", 7)],
        [whiteout("d")],
    )
    assert repeated(told) == {"d": (3, 107), "d/a": (2, 107)}
    assert told.efficiency == (0 + 7) / 214


def test_what_was_deleted_before_is_not_counted_when_its_folder_goes():
    told = figures(
        [folder("d"), file("d/a", 100), file("d/b", 5)], [whiteout("d/a")], [folder("d")], [whiteout("d")]
    )
    assert repeated(told)["d"] == (2, 5)


def test_a_folder_that_a_later_layer_leads_through_without_listing_it_is_no_folder_to_dive():
    contents = [folder("d"), file("d/a", 100), folder("x")]
    listed = figures(contents, [folder("d"), file("d/b", 1)], [whiteout("d")], [file("d")])
    unlisted = figures(contents, [file("d/b", 1)], [whiteout("d")], [file("d")])
    assert repeated(listed) == {"d": (2, 101)}
    assert repeated(unlisted) == {"d": (2, 0)}


def test_a_file_in_a_folders_place_leaves_what_was_in_the_folder():
    told = figures([folder("d"), file("d/a", 100)], [file("d", 3)], [folder("d")], [whiteout("d")])
    assert repeated(told) == {"d": (3, 3 + 0 + 100)}


def test_deleting_what_is_not_there_ends_the_visit_of_that_layer():
    """Names are visited in order, so ``a`` is counted and ``c`` is not; the missing one leaves minus one byte."""
    told = figures([file("x", 100)], [file("a", 10), whiteout("b"), file("c", 1000)], [file("c", 50)])
    # To dive, ``.wh.b`` comes before ``a``.
    assert told.efficiency == (100 + 50 - 1) / 150
    assert told.repeated == ()
    told = figures([file("x", 100)], [folder("d"), file("a", 10), whiteout("d/b"), file("e", 1000)])
    assert told.efficiency == (100 + 10 - 1) / 110


def test_a_missing_target_that_is_met_elsewhere_costs_nothing():
    before = figures([file("x", 100)], [file("b", 10)], [whiteout("b")], [whiteout("b")])
    assert before.efficiency == 100 / 110
    after = figures([file("x", 100)], [whiteout("b")], [file("b", 10)])
    assert after.efficiency == 110 / 110


def test_the_order_is_that_of_the_names_bytes():
    """``\\udcff`` is the byte 0xff, after all that is UTF-8; as a character it would come before ``😀``."""
    told = figures([file("x", 100)], [folder("😀"), file("😀/f", 8), folder("\udcff"), whiteout("\udcff/gone")])
    assert told.efficiency == (100 + 8 - 1) / 108


def test_names_that_no_bytes_stand_for_have_their_place_too():
    """A table of contents is JSON, in which half a pair of surrogates can be written."""
    assert figures([file("\ud800", 1), file("\udc80", 2)], [file("\ud800", 3)]).wasted_bytes == 4


def test_the_lowest_layers_whiteouts_look_into_that_very_layer():
    told = figures([folder("d"), file("d/a", 100), whiteout("d")])
    assert told.efficiency == 200 / 200
    assert repeated(figures([file("a", 100), whiteout("a"), file("b", 1)])) == {"a": (2, 100)}


def test_the_lowest_layers_whiteouts_delete_what_sorts_before_them():
    """``-x`` comes before ``.wh.-x``, so it is gone for the layers above; ``x`` comes after, so it stays."""
    lowest = [file("-x", 100), whiteout("-x"), file("x", 100), whiteout("x"), file("y", 10)]
    gone = figures(lowest, [whiteout("-x"), file("z", 5)])
    there = figures(lowest, [whiteout("x"), file("z", 5)])
    assert gone.size - gone.wasted_bytes == there.size - there.wasted_bytes + 0
    assert repeated(gone)["-x"] == (2, 100)
    assert repeated(there)["x"] == (3, 100)


def test_a_layer_that_deletes_and_writes_anew_keeps_what_it_wrote():
    told = figures(
        [folder("d"), file("d/old", 100)],
        [folder("d"), whiteout("d"), file("d/new", 7)],
        [whiteout("d")],
        [folder("d")],
    )
    assert repeated(told)["d"] == (3, 100 + 7 + 0)


def test_opaque_markers_hide_nothing():
    told = figures([folder("d"), file("d/a", 100)], [folder("d"), opaque("d"), file("d/b", 5)], [whiteout("d/a")])
    assert repeated(told) == {"d/a": (2, 100)}


def test_a_folder_with_nothing_but_its_opaque_marker_is_a_leaf():
    told = figures([folder("x"), folder("d")], [opaque("d")])
    assert repeated(told) == {"d": (2, 0)}


def test_the_books_that_aufs_kept_make_their_folder_a_leaf_and_weigh_something():
    told = figures([folder("x"), folder("d")], [file("d/.wh..wh.plnk/5.1", 7)])
    assert repeated(told) == {"d": (2, 0)}
    assert told.size == 7


def test_a_whiteout_of_nothing_empties_the_folder_that_it_is_in():
    lowest, nothing = [folder("d"), file("d/a", 100)], LayerEntry("d/.wh.", "file")
    told = figures(lowest, [folder("d"), nothing], [whiteout("d")], [folder("d")])
    # The whiteout itself is a path of its own, ``d/``, that costs what was in the folder.
    assert repeated(told) == {"d": (2, 0)}
    assert told.efficiency == (100 + 100 + 0) / 200


def test_a_whiteout_of_nothing_at_the_root_deletes_nothing():
    told = figures([folder("d"), file("d/a", 100)], [LayerEntry(".wh.", "file")], [whiteout("d")], [folder("d")])
    assert repeated(told) == {"d": (2, 100)}


# What hostile layers cannot do


def test_paths_that_lead_through_endless_folders_are_refused(monkeypatch: pytest.MonkeyPatch):
    """Each name may be a megabyte of folders, and a layer may have half a million of them."""
    monkeypatch.setattr(dive_tree, "_MOST_UNLISTED", 1000)
    deep = ["/".join([str(number), *"abcdefghij"]) for number in range(101)]
    with pytest.raises(TooLargeError, match="1,000 folders"):
        figures([file(path) for path in deep])


def test_folders_that_are_listed_sooner_or_later_are_no_such(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(dive_tree, "_MOST_UNLISTED", 10)
    entries = [(file(f"{number}/x", 1), folder(str(number))) for number in range(100)]
    assert figures([entry for pair in entries for entry in pair]).size == 100


def test_one_very_deep_path_is_no_trouble():
    path = "/".join(["d"] * 20_000)
    told = figures([file(path, 5)], [whiteout(path)])
    assert repeated(told) == {path: (2, 5)}


def test_many_deletions_at_every_depth_are_summed_once():
    """Summed anew for each whiteout, these are 500 folders times 5,000 files."""
    depth = ["/".join(["d"] * count) for count in range(1, 501)]
    lowest = [*map(folder, depth), *(file(f"{depth[-1]}/{number}", 1) for number in range(5_000))]
    told = figures(lowest, [whiteout(path) for path in depth])
    # dive visits only the leaves of the upper layer; in each folder, the whiteout is one beside the next folder.
    assert told.wasted_bytes == 0
    assert told.efficiency == 1.0


# In general

_names = st.sampled_from(["a", "b", "-c", "d e"])
_paths = st.lists(_names, min_size=1, max_size=3).map("/".join)
_entries = st.one_of(
    st.builds(file, _paths, st.integers(0, 1000)),
    st.builds(folder, _paths),
    st.builds(whiteout, _paths),
    st.builds(opaque, _paths),
)
_images = st.lists(st.lists(_entries, max_size=8), max_size=5)


class _Restacked:
    """dive's algorithm, as literally as it can be written down: all lower layers are stacked for each whiteout."""

    def __init__(self, contents: list[list[LayerEntry]]) -> None:
        self.trees = [self._tree(entries) for entries in contents]
        self.data: dict[str, list[int]] = {}
        for number in range(len(self.trees)):
            self._visit(number)

    @staticmethod
    def _add(tree: dict[str, tuple[bool, int]], path: str, kept: tuple[bool, int]) -> None:
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            if parts[depth - 1].startswith(".wh..wh."):
                return
            tree.setdefault("/".join(parts[:depth]), (False, 0))
        tree[path] = kept

    def _tree(self, entries: list[LayerEntry]) -> dict[str, tuple[bool, int]]:
        tree: dict[str, tuple[bool, int]] = {}
        for entry in entries:
            self._add(tree, entry.path, (entry.kind == "directory", entry.size))
        return tree

    @staticmethod
    def _in_order(tree: dict[str, tuple[bool, int]]) -> list[str]:
        """Children first, siblings by name."""
        return sorted(tree, key=lambda path: [*((part, 0) for part in path.split("/")), ("\U0010ffff", 1)])

    @staticmethod
    def _stripped(path: str) -> str | None:
        parent, slash, name = path.rpartition("/")
        return f"{parent}{slash}{name[4:]}" if name.startswith(".wh.") else None

    @staticmethod
    def _below(tree: dict[str, tuple[bool, int]], path: str) -> list[str]:
        return [other for other in tree if other == path or other.startswith(path + "/")]

    def _stacked(self, upto: int) -> dict[str, tuple[bool, int]]:
        tree = dict(self.trees[0])
        for upper in self.trees[: upto + 1]:
            for path in self._in_order(upper):
                target = self._stripped(path)
                if target is None:
                    self._add(tree, path, upper[path])
                else:
                    for gone in self._below(tree, target):
                        del tree[gone]
        return tree

    def _visit(self, number: int) -> None:
        tree = self.trees[number]
        for path in self._in_order(tree):
            if len(self._below(tree, path)) > 1:
                continue
            target = self._stripped(path)
            data = self.data.setdefault(path if target is None else target, [0, -1, 0])
            size = tree[path][1]
            if target is not None:
                stacked = self._stacked(number - 1)
                if target not in stacked:
                    return
                size = (
                    sum(stacked[other][1] for other in self._below(stacked, target)) if stacked[target][0] else 0
                )
            data[0] += size
            data[1] = size if data[1] < 0 else min(data[1], size)
            data[2] += 1

    @property
    def score(self) -> float:
        whole = sum(data[0] for data in self.data.values())
        return sum(data[1] for data in self.data.values()) / whole if whole else 1.0

    @property
    def repeated(self) -> dict[str, tuple[int, int]]:
        return {path: (data[2], data[0]) for path, data in self.data.items() if data[2] > 1}


@given(_images)
def test_stacking_once_gives_what_restacking_for_every_whiteout_does(contents: list[list[LayerEntry]]):
    told, expected = figures(*contents), _Restacked(contents)
    assert told.efficiency == expected.score
    assert repeated(told) == expected.repeated
    assert told.wasted_bytes == sum(size for _, size in expected.repeated.values())


def test_every_order_of_three_small_layers_agrees_with_restacking():
    small = [[folder("a"), file("a/b", 3)], [whiteout("a"), file("c", 2)], [file("a", 5), whiteout("c")]]
    for contents in itertools.permutations(small):
        told, expected = figures(*contents), _Restacked(list(contents))
        assert (told.efficiency, repeated(told)) == (expected.score, expected.repeated)
