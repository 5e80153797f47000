"""One layer, applied to what the layers below it have made.

Engines agree on well-formed layers. Where they do not, this follows umoci (``oci/layer/tar_extract.go``), which
follows the specification to the letter: whiteouts hide lower layers only, wherever they stand in the archive, and
make no directories. containerd (``pkg/archive/tar.go``) differs in what no builder writes: it obeys whiteouts in
the archive's order.

No engine unpacks an entry below a file, be it in the same layer or a lower one; those that keep every layer in a
folder of its own, and stack the folders (overlayfs), show a directory instead of a lower layer's file. So it is
here; what has no place even there is left out, and noted.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from portcall.errors import TooLargeError
from portcall.images.files.node import IMPLIED, IMPLIED_ENTRY, Directory, TreeNode
from portcall.oci.layers.entry import WHITEOUT

if TYPE_CHECKING:
    from typing import TypeAlias

    from portcall.images.files.node import How
    from portcall.oci.layers.entry import LayerEntry

#: Links that are followed to find an entry's directory, as containerd and umoci have it.
MAX_LINKS = 255
#: What Linux takes, in bytes: a path, and a name in it. Also bounds how deep a tree can be.
_LONGEST_PATH, _LONGEST_NAME = 4096, 255
#: Names in a tree, lost ones included; some 300 bytes each. The largest images have half a million.
_MOST_NAMES = 2_000_000
#: Directories walked through to place all entries: minutes' worth, which only hostile links ever need.
_MOST_STEPS = 50_000_000

#: A directory, and the place that it is in; the root is in none.
Place: TypeAlias = "tuple[Directory, Place | None]"


class Effort:
    """What a tree may cost, all its layers together."""

    def __init__(self) -> None:
        self.names = 0
        self.steps = 0

    def name(self) -> None:
        """Count a name.

        Raises:
            TooLargeError: There are too many.
        """
        self.names += 1
        if self.names > _MOST_NAMES:
            raise TooLargeError(
                f"the image has more than {_MOST_NAMES:,} files in its layers", hint="No image needs as many."
            )

    def step(self, count: int) -> None:
        """Count steps on the way to an entry's directory.

        Raises:
            TooLargeError: There are too many.
        """
        self.steps += count
        if self.steps > _MOST_STEPS:
            raise TooLargeError(
                "the links inside the image lead on and on", hint="Something is wrong with this image."
            )


class NoPlaceError(Exception):
    """There is no directory where an entry should be; the text says why, of several entries."""


class _Way(NamedTuple):
    """Where a path led.

    Args:
        path: The path.
        place: The last directory on it that is there.
        missing: Names behind that; none where all is there.
        is_bent: Whether links of lower layers were followed.
    """

    path: str
    place: Place
    missing: tuple[str, ...]
    is_bent: bool


def is_possible(entry: LayerEntry) -> bool:
    """Tell whether a file system takes an entry's name, and its target if it is a symlink."""
    path, target = entry.path, entry.target
    if entry.kind == "symlink" and not (target and len(target) < _LONGEST_PATH):
        return False
    if len(path) <= _LONGEST_NAME:
        return True
    return len(path) < _LONGEST_PATH and all(len(name) <= _LONGEST_NAME for name in path.split("/"))


class LayerMerge:
    """One layer, being applied.

    Args:
        root: The tree so far; changed in place.
        layer: The layer's number.
        effort: What the tree has cost so far.

    Attributes:
        notes: What was odd, and how often.
    """

    def __init__(self, root: Directory, layer: int, effort: Effort) -> None:
        self._root: Place = (root, None)
        self._layer = layer
        self._effort = effort
        self._latest = self._beginning = _Way("", self._root, (), is_bent=False)
        self.notes: Counter[str] = Counter()

    def add(self, number: int, entry: LayerEntry) -> None:
        """Apply the next entry, the layer's number ``number``."""
        if not is_possible(entry):
            self.notes["have names that no file system takes"] += 1
            return
        parent, _, name = entry.path.rpartition("/")
        try:
            if name.startswith(WHITEOUT):
                self._mark(parent, name, entry)
            elif name:
                self._put(self._made(parent), name, TreeNode(entry, self._layer, number))
            elif entry.kind == "directory":
                root = self._root[0]
                root.entry, root.layer, root.number = entry, self._layer, number
        except NoPlaceError as reason:
            self.notes[str(reason)] += 1

    def _mark(self, parent: str, name: str, entry: LayerEntry) -> None:
        place = self._found(parent)
        if entry.is_opaque:
            if place:
                self._empty(place[0], "opaque")
        elif entry.deleted is None:
            if name == WHITEOUT:
                self.notes["are whiteouts of nothing"] += 1
        elif place:
            self._delete(place[0], name[len(WHITEOUT) :])

    def _put(self, place: Place, name: str, node: TreeNode) -> None:
        directory, kind = place[0], node.entry.kind
        old = directory.children.get(name)
        self._touch(place)
        if isinstance(old, Directory):
            if kind == "directory":
                old.entry, old.layer, old.number = node.entry, node.layer, node.number
                return
            directory.lose(name, self._layer, "replaced")
        if kind == "directory":
            node = Directory(node.entry, node.layer, node.number)
        elif kind == "hardlink":
            # What was there goes first, as engines do it: a link to itself is one to nothing.
            directory.children.pop(name, None)
            node = TreeNode(node.entry, node.layer, node.number, self._target(node.entry.target or ""))
        self._effort.name()
        directory.children[name] = node
        if "symlink" in {node.kind, old and old.kind} or isinstance(old, Directory):
            self._latest = self._beginning

    def _target(self, path: str) -> TreeNode | None:
        parent, _, name = path.rpartition("/")
        place = self._found(parent)
        node = place[0].children.get(name) if place else None
        if node is None or isinstance(node, Directory) or node.is_broken:
            self.notes["are hard links to what is not there"] += 1
            return None
        return node.content

    def _touch(self, place: Place | None) -> None:
        while place and place[0].touched != self._layer:
            place[0].touched = self._layer
            place = place[1]

    def _delete(self, directory: Directory, name: str) -> None:
        node = directory.children.get(name)
        if node is None:
            return
        if not self._is_kept(node):
            directory.lose(name, self._layer, "whiteout")
            self._latest = self._beginning
        elif isinstance(node, Directory):
            if node.layer != self._layer:
                node.become_implied(self._layer)
            self._empty(node, "whiteout")

    def _is_kept(self, node: TreeNode) -> bool:
        """Return whether this layer itself has it, or something in it."""
        return node.layer == self._layer or (isinstance(node, Directory) and node.touched == self._layer)

    def _empty(self, directory: Directory, how: How) -> None:
        """Take out all that lower layers have put into a directory."""
        waiting = [directory]
        while waiting:
            directory = waiting.pop()
            if directory.emptied == self._layer:
                continue
            directory.emptied = self._layer
            for name, node in list(directory.children.items()):
                if not self._is_kept(node):
                    directory.lose(name, self._layer, how)
                elif isinstance(node, Directory):
                    if node.layer != self._layer:
                        node.become_implied(self._layer)
                    waiting.append(node)
        self._latest = self._beginning

    def _found(self, path: str) -> Place | None:
        """Return the place that a path leads to, or ``None`` where that is no directory."""
        try:
            way = self._walk(path)
        except NoPlaceError:
            return None
        return None if way.missing else way.place

    def _made(self, path: str) -> Place:
        """Return the place that a path leads to; directories that are missing on the way are made.

        Raises:
            NoPlaceError: The way ends in a loop, or at a file of this very layer.
        """
        way = self._walk(path)
        place = way.place
        for name in way.missing:
            old = place[0].children.get(name)
            if old is not None:
                if old.layer == self._layer:
                    raise NoPlaceError("are below a file of the same layer, and left out")
                self.notes["are below a file of a lower layer, which became a directory"] += 1
            self._effort.name()
            made = Directory(IMPLIED_ENTRY, self._layer, IMPLIED)
            place[0].children[name] = made
            self._touch(place)
            place = (made, place)
        if way.missing:
            self._latest = way._replace(place=place, missing=())
        if way.is_bent:
            self.notes["are below a link of a lower layer, where engines differ"] += 1
        return place

    def _walk(self, path: str) -> _Way:
        """Return how far a path leads through directories and links.

        Raises:
            NoPlaceError: It leads through too many links.
        """
        if path == self._latest.path:
            return self._latest
        ahead = path.split("/")
        self._effort.step(len(ahead))
        ahead.reverse()
        place, missing, links, is_bent = self._root, list[str](), 0, False
        while ahead:
            name = ahead.pop()
            if name in {"", "."}:
                continue
            if name == "..":
                if missing:
                    missing.pop()
                else:
                    place = place[1] or self._root
                continue
            child = None if missing else place[0].children.get(name)
            if isinstance(child, Directory):
                place = (child, place)
            elif child is None or child.kind != "symlink":
                missing.append(name)
            else:
                links += 1
                is_bent |= child.layer != self._layer
                target = child.content.entry.target or ""
                place = self._root if target.startswith("/") else place
                ahead += self._steps(target, links)
        way = _Way(path, place, tuple(missing), is_bent)
        if not missing:
            self._latest = way
        return way

    def _steps(self, target: str, links: int) -> list[str]:
        """Return a link's target in pieces, the last first."""
        if links > MAX_LINKS:
            raise NoPlaceError("are below a loop of links, and left out")
        steps = target.split("/")
        self._effort.step(len(steps))
        return steps[::-1]
