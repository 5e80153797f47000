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

#: What has to be right in particular, by what it is about.
CASES: dict[str, list[Entries]] = {
    "a link to an absolute path on the way": [
        [("a", directory()), ("a/l", symlink("/b")), ("b", directory())],
        [("a/l/x", file("2"))],
    ],
    "a link upwards on the way": [
        [("a", directory()), ("a/b", directory()), ("a/b/l", symlink("../c"))],
        [("a/b/l/x", file("2"))],
    ],
    "a link above the root on the way": [[("a/l", symlink("../../../b"))], [("a/l/x", file("2"))]],
    "a link through what is not there": [[("l", symlink("nothing/../b"))], [("l/x", file("2"))]],
    "a link that changes within a layer": [
        [("b", directory()), ("c", directory())],
        [("l", symlink("b")), ("l/x", file("2")), ("l", symlink("c")), ("l/x", file("3"))],
    ],
    "a link that replaces itself": [[("l", symlink(".")), ("l/l", symlink("c")), ("l/x", file("1"))]],
    "a link that deletes itself": [
        [("l", symlink("."))],
        [("l/y", file("2")), ("l/l", DELETED), ("l/x", file("2"))],
    ],
    "a link that is opaque": [[("l", symlink("."))], [("l/y", file("2")), ("l", OPAQUE), ("l/x", file("2"))]],
    "a link that becomes a directory": [
        [("a", directory()), ("l", symlink("a"))],
        [("l", directory()), ("l/x", file())],
    ],
    "a directory that becomes a link": [[("b/x", file("1")), ("l/x", file("2"))], [("l", symlink("b"))]],
    "a loop on the way": [[("a", symlink("b")), ("b", symlink("a"))], [("a/x", file("2")), ("c", file("2"))]],
    "a hard link to itself": [
        [("a", file("1"))],
        [("a", hardlink("a"))],
        [("b", file("3")), ("b", hardlink("b"))],
    ],
    "a hard link to a hard link": [
        [("a", file("1")), ("b", hardlink("a")), ("c", hardlink("b")), ("a", file("2"))]
    ],
    "a hard link to a broken one": [[("a", hardlink("nothing")), ("b", hardlink("a"))]],
    "a hard link to a directory": [[("a", directory()), ("b", hardlink("a")), ("c", hardlink(""))]],
    "a hard link to a symlink": [[("f", file("1")), ("l", symlink("f"))], [("h", hardlink("l"))]],
    "a hard link through a link": [[("d/f", file("1")), ("l", symlink("d"))], [("h", hardlink("l/f"))]],
    "a hard link to what the layer deletes": [[("a", file("1"))], [("a", DELETED), ("h", hardlink("a"))]],
    "an opaque directory with a nested one": [
        [("a/b/old", file("1")), ("a/b/c/old", file("1")), ("a/old", file("1"))],
        [("a/b/c/new", file("2")), ("a", OPAQUE)],
    ],
    "an opaque root": [[("a", file("1")), ("b/x", file("1"))], [("b/y", file("2")), ("", OPAQUE)]],
    "an opaque directory behind a link": [
        [("b/x", file("1")), ("l", symlink("b"))],
        [("l", OPAQUE), ("l/y", file("2"))],
    ],
    "a deletion behind a link": [[("b/x", file("1")), ("l", symlink("b"))], [("l/x", DELETED)]],
    "a deletion below a file": [[("a", file("1"))], [("a/x", DELETED)]],
    "a deletion of what is made in another order": [[("a/x", file("1"))], [("a/y", file("2")), ("a", DELETED)]],
    "a file that becomes a directory": [[("a", file("1"))], [("a", directory()), ("a/x", file("2"))]],
    "a directory that becomes a file": [[("a/x", file("1"))], [("a", file("2"))], [("a", directory())]],
    "a directory that is a file in between": [[("a/x", file("1"))], [("a", file("2")), ("a", directory())]],
    "a file below a file of the same layer": [[("a", file("1")), ("a/x", file("2")), ("b", file("3"))]],
    "a file below a file of a lower layer": [[("a", file("1"))], [("a/x", file("2"))]],
    "a file below a link of the same layer": [[("b", directory()), ("a", symlink("b")), ("a/x", file("1"))]],
    "a directory that is stated after what is in it": [
        [("a", symlink("b")), ("b/x", file("1"))],
        [("a/x", file("2")), ("a", directory())],
    ],
    "the same name twice": [[("a", file("1")), ("a", file("2"))], [("b", symlink("c")), ("b", file("3"))]],
    "an alias from above": [[("a", directory()), ("a/f", file("1")), ("b", symlink("a"))], [("b/f", file("2"))]],
}
