"""The merged tree of any layers is what a container would see, were they unpacked one over the other."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests.core.images.files.layered import CASES, IMAGES, Entries, archive
from tests.core.images.files.naive import NaiveImage, Seen, unpacked

from portcall.images.files import MergedTree, TreeNode
from portcall.oci.layers.index import LayerIndex
from portcall.oci.layers.scan import scan_layer


def indexes_of(layers: Sequence[Entries]) -> list[LayerIndex]:
    """Return the index of each layer."""
    from io import BytesIO

    return [scan_layer(BytesIO(archive(entries)), "sha256:none").index for entries in layers]


def seen(node: TreeNode, layers: Sequence[Entries]) -> Seen:
    """Return what a container would see of a node, its contents looked up where the node says that they are."""
    if node.is_broken:
        return Seen("broken")
    content = node.content
    if node.kind == "directory":
        return Seen("directory")
    if node.kind == "symlink":
        return Seen("symlink", content.entry.target or "")
    assert node.kind == "file"
    return Seen("file", layers[content.layer - 1][content.number][1].content.decode())


def check(layers: Sequence[Entries]) -> NaiveImage:
    folder = Path(tempfile.mkdtemp())
    try:
        naive = unpacked(folder / "root", map(archive, layers))
        tree = MergedTree.of(indexes_of(layers))
        assert {path: seen(node, layers) for path, node in tree} == naive.everything()
    finally:
        shutil.rmtree(folder)
    return naive


@pytest.mark.parametrize("layers", CASES.values(), ids=CASES)
def test_what_has_to_be_right_in_particular_is_what_unpacking_makes(layers: Sequence[Entries]):
    check(layers)


@given(IMAGES)
@settings(max_examples=100, deadline=None)
def test_the_tree_is_what_unpacking_makes(layers: Sequence[Entries]):
    check(layers)


@pytest.mark.slow
@given(IMAGES)
@settings(max_examples=5_000, deadline=None)
def test_the_tree_is_what_unpacking_makes_in_very_many_cases(layers: Sequence[Entries]):
    check(layers)
