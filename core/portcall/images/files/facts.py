"""What one layer says, read by itself: enough, mostly, to tell one path without the layers below."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from portcall.images.files.merging import is_possible
from portcall.images.files.node import IMPLIED, IMPLIED_ENTRY, TreeNode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from portcall.images.files.node import How
    from portcall.oci.layers.entry import LayerEntry
    from portcall.oci.layers.index import LayerIndex

#: Characters of directories' names that a layer may leave unstated; then the whole tree is built instead.
_MOST_UNSTATED = 16 << 20


class UnsureError(Exception):
    """What is seen so far does not tell; the whole tree has to be built."""


class Hidden(NamedTuple):
    """What a layer hides of those below.

    Args:
        how: By what.
        path: The topmost path that is hidden.
    """

    how: How
    path: str


class LayerFacts:
    """What one layer says of its paths, each read literally: as if no link were on the way to it.

    That is so where every directory on the way is stated as one: by the layer itself, before what is in it, as
    builders do, or by the nearest layer below that says anything of it. What the layer does not state itself is
    in :attr:`unstated`. An archive that takes something back (a directory that becomes a file, or gets one for
    its parent) is tangled: then order matters, and this tells nothing.

    Args:
        layer: The layer's number.

    Attributes:
        entries: Its entries so far.
        unstated: Directories that something is in, or is deleted in, before they are stated.
        is_tangled: Whether nothing can be told from this.
    """

    def __init__(self, layer: int) -> None:
        self.layer = layer
        self._entries: list[LayerEntry] = []
        self.entries: Sequence[LayerEntry] = self._entries
        self.unstated: set[str] = set()
        self.is_tangled = False
        self._unstated_size = 0
        self._stated: dict[str, int] = {}
        self._deleted: set[str] = set()
        self._opaque: set[str] = set()
        #: Directories on whose contents something was said; those that really have some; and links' contents.
        self._spoken_of: set[str] = {""}
        self._filled: set[str] = {""}
        self._linked: dict[int, int | None] = {}

    @classmethod
    def of(cls, layer: int, index: LayerIndex) -> LayerFacts:
        """Return the facts of a whole layer."""
        facts = cls(layer)
        facts.complete(index)
        return facts

    def add(self, entry: LayerEntry) -> None:
        """Take note of the archive's next entry."""
        number = len(self._entries)
        self._entries.append(entry)
        if not entry.path or not is_possible(entry) or self.is_tangled:
            return
        parent = entry.parent
        self._speak_of(parent)
        if not entry.is_marker:
            self._fill(parent)
            self._state(number, entry)
        elif entry.is_opaque:
            self._opaque.add(parent)
        elif (deleted := entry.deleted) is not None:
            self._deleted.add(deleted)

    def complete(self, index: LayerIndex) -> None:
        """Take note of all entries of an index that did not go by yet, and refer to its entries from now on."""
        for entry in index.entries[len(self._entries) :]:
            self.add(entry)
        self.entries = index.entries

    def node(self, path: str) -> TreeNode | None:
        """Return what the layer says is at a path.

        Raises:
            UnsureError: A hard link to something that lower layers have.
        """
        number = self._stated.get(path)
        if number is None:
            return TreeNode(IMPLIED_ENTRY, self.layer, IMPLIED) if path in self._filled else None
        entry = self.entries[number]
        if entry.kind != "hardlink":
            return TreeNode(entry, self.layer, number)
        if number not in self._linked:
            raise UnsureError
        content = self._linked[number]
        linked = None if content is None else TreeNode(self.entries[content], self.layer, content)
        return TreeNode(entry, self.layer, number, linked)

    def states_other_than_directory(self, path: str) -> bool:
        """Return whether the layer has something at a path, and it is no directory."""
        number = self._stated.get(path)
        return number is not None and self.entries[number].kind != "directory"

    def states_directory(self, path: str) -> bool:
        """Return whether the layer has an entry for this directory."""
        number = self._stated.get(path)
        return number is not None and self.entries[number].kind == "directory"

    def has(self, path: str) -> bool:
        """Return whether something is at a path in this layer."""
        return path in self._stated or path in self._filled

    def hides(self, path: str) -> Hidden | None:
        """Return how the layer hides from view what lower ones have at a path, if it does."""
        before: str | None = None
        for here in prefixes(path):
            if here in self._deleted:
                return Hidden("whiteout", here)
            if before is not None and before in self._opaque:
                return Hidden("opaque", here)
            if here != path and self.states_other_than_directory(here):
                return Hidden("replaced", here)
            before = here
        return None

    def names_in(self, path: str) -> Iterator[str]:
        """Yield the names that the layer has in a directory, some of them twice."""
        start = f"{path}/" if path else ""
        for known in (*self._stated, *self._filled):
            if known.startswith(start) and known and "/" not in (name := known[len(start) :]):
                yield name

    def _state(self, number: int, entry: LayerEntry) -> None:
        path, is_directory = entry.path, entry.kind == "directory"
        before = self._stated.get(path)
        if before is not None and (self._entries[before].kind == "directory") != is_directory:
            self.is_tangled = True
        if not is_directory and path in self._spoken_of:
            self.is_tangled = True
        if entry.kind == "hardlink":
            self._link(number, entry)
        self._stated[path] = number

    def _link(self, number: int, entry: LayerEntry) -> None:
        target = entry.target or ""
        to = self._stated.get(target)
        if target in {entry.path, ""}:
            self._linked[number] = None
        elif to is not None:
            kind = self._entries[to].kind
            if kind != "hardlink":
                self._linked[number] = None if kind == "directory" else to
            elif to in self._linked:
                self._linked[number] = self._linked[to]

    def _speak_of(self, directory: str) -> None:
        while directory not in self._spoken_of:
            self._spoken_of.add(directory)
            if directory not in self._stated:
                self.unstated.add(directory)
                self._unstated_size += len(directory)
                self.is_tangled |= self._unstated_size > _MOST_UNSTATED
            elif self.states_other_than_directory(directory):
                self.is_tangled = True
            directory = directory.rpartition("/")[0]

    def _fill(self, directory: str) -> None:
        while directory not in self._filled:
            self._filled.add(directory)
            directory = directory.rpartition("/")[0]


def prefixes(path: str) -> Iterator[str]:
    """Yield the root, the directories that lead to a path, and the path itself."""
    yield ""
    at = path.find("/")
    while at >= 0:
        yield path[:at]
        at = path.find("/", at + 1)
    if path:
        yield path
