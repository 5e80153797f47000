"""Layered images out of very few names, so that everything that can collide does."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from portcall.testing.images import DELETED, OPAQUE, Node, directory, file, hardlink, symlink, tar_of

#: Entries of one layer, as :func:`tar_of` takes them.
Entries = Sequence[tuple[str, Node]]

NAMES = ("a", "b", "c")
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map("/".join)
#: All paths that such an image can have.
ALL_PATHS = tuple(
    "/".join(names)
    for names in [(x,) for x in NAMES]
    + [(x, y) for x in NAMES for y in NAMES]
    + [(x, y, z) for x in NAMES for y in NAMES for z in NAMES]
)

_TARGETS = st.lists(st.sampled_from([*NAMES, "..", "."]), min_size=1, max_size=3).map("/".join)
_NODES = st.one_of(
    st.just(directory()),
    st.just(directory()),
    st.just(file()),
    st.builds(symlink, st.one_of(_TARGETS, _TARGETS.map("/{}".format))),
    st.builds(hardlink, PATHS),
    st.just(DELETED),
)
_ENTRIES = st.one_of(st.tuples(PATHS, _NODES), st.tuples(st.one_of(PATHS, st.just("")), st.just(OPAQUE)))


@st.composite
def _tidy_layers(draw: st.DrawFn) -> list[tuple[str, Node]]:
    """What builders write: every directory is stated before what is in it, nothing twice, in order."""
    entries: dict[str, Node] = {}
    for path, node in draw(st.lists(_ENTRIES, max_size=6)):
        above = path.split("/")[:-1]
        for depth in range(len(above)):
            entries.setdefault("/".join(above[: depth + 1]), directory())
        entries.setdefault(path if node != OPAQUE else f"{path} is opaque", node)
    parents = {path.rpartition("/")[0] for path in entries}
    return [
        (path.removesuffix(" is opaque"), directory() if path in parents else node)
        for path, node in sorted(entries.items())
    ]


def images_of(layers: st.SearchStrategy[Entries]) -> st.SearchStrategy[list[Entries]]:
    """Return images of such layers."""
    return st.lists(layers, min_size=1, max_size=4).map(lambda each: list(map(_filled, enumerate(each, 1))))


def _filled(numbered: tuple[int, Entries]) -> list[tuple[str, Node]]:
    """Return a layer whose every file says where it is from, and so has contents of its own."""
    layer, entries = numbered
    return [
        (path, file(f"{layer}.{number} {path}") if node == file() else node)
        for number, (path, node) in enumerate(entries)
    ]


def archive(entries: Entries) -> bytes:
    """Return the layer's archive."""
    return tar_of([(f"/{path}" if path == "" else path, node) for path, node in entries])


#: What builders write.
TIDY_IMAGES = images_of(_tidy_layers())
#: What anybody could write: repeated names, missing directories, links that lead anywhere, in any order.
IMAGES = images_of(st.one_of(st.lists(_ENTRIES, max_size=7), _tidy_layers(), _tidy_layers()))
