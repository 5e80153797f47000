"""Files that differ between two images, as containers see them."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from portcall.images.files.node import Directory
from portcall.images.files.shown import from_root
from portcall.models import FileDifference

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from portcall.images.files.node import TreeNode
    from portcall.images.files.tree import MergedTree

#: Rows of an answer.
MOST_FILES = 200
#: What is said of a file whose contents cannot be compared, for nobody told a digest of one of them.
_UNKNOWN = "content?"


class ComparedTree(NamedTuple):
    """One side's files.

    Args:
        tree: The merged view.
        layers: The digests of its layers, the lowest first.
    """

    tree: MergedTree
    layers: Sequence[str]


@dataclass(frozen=True, slots=True)
class FileDifferences:
    """How two trees differ.

    Args:
        added: How many paths only the second has.
        removed: How many only the first has.
        changed: How many both have, with a difference.
        unknown: How many of these are the same, but for contents that cannot be compared.
        largest: The differences of most weight, the heaviest first.
    """

    added: int
    removed: int
    changed: int
    unknown: int
    largest: tuple[FileDifference, ...]

    @property
    def is_same(self) -> bool | None:
        """Whether the trees are the same; ``None`` where that hangs on contents that cannot be compared."""
        if self.added or self.removed or self.changed > self.unknown:
            return False
        return None if self.unknown else True

    @property
    def doubts(self) -> tuple[str, ...]:
        """What whoever reads the list has to know."""
        doubts = []
        if self.unknown:
            doubts.append(f"of {self.unknown:,} files of the same size it is not known whether they differ")
        count = self.added + self.removed + self.changed
        if count > len(self.largest):
            doubts.append(f"{count:,} paths differ; the {len(self.largest)} largest differences are listed")
        return tuple(doubts)


class _Change(NamedTuple):
    """A difference, while it may still be one of a million."""

    path: str
    change: Literal["added", "removed", "changed"]
    size_a: int | None
    size_b: int | None
    what: tuple[str, ...] = ()

    @property
    def weight(self) -> int:
        """How many bytes it is about; where only mode, owner or target differ, none."""
        if self.change == "changed" and not {"content", _UNKNOWN, "kind"} & set(self.what):
            return 0
        return max(self.size_a or 0, self.size_b or 0)


def file_differences(a: ComparedTree, b: ComparedTree) -> FileDifferences:
    """Return how two merged trees differ, read as the way from the first to the second.

    Compared are kind, contents by their digest, mode, owner and target; never times, nor which names share one
    file's contents.
    """
    counts: Counter[str] = Counter()

    def counted() -> Iterator[_Change]:
        for change in _changes(a, b):
            counts[change.change] += 1
            counts[_UNKNOWN] += change.what == (_UNKNOWN,)
            yield change

    largest = heapq.nsmallest(MOST_FILES, counted(), key=lambda change: (-change.weight, change.path))
    return FileDifferences(
        added=counts["added"],
        removed=counts["removed"],
        changed=counts["changed"],
        unknown=counts[_UNKNOWN],
        largest=tuple(
            FileDifference(
                path=from_root(change.path),
                change=change.change,
                size_a=change.size_a,
                size_b=change.size_b,
                what=change.what,
            )
            for change in largest
        ),
    )


def _changes(a: ComparedTree, b: ComparedTree) -> Iterator[_Change]:
    waiting: list[tuple[str, TreeNode | None, TreeNode | None]] = [("", a.tree.root, b.tree.root)]
    while waiting:
        path, mine, other = waiting.pop()
        inside, others = _children(mine), _children(other)
        above = f"{path}/" if path else ""
        waiting += ((above + name, node, others.get(name)) for name, node in inside.items())
        waiting += ((above + name, None, node) for name, node in others.items() if name not in inside)
        if not path:
            continue
        if mine is None or other is None:
            change: Literal["added", "removed"] = "added" if mine is None else "removed"
            yield _Change(path, change, _size(mine), _size(other))
        elif what := _what(mine, other, is_same=_origin(mine, a.layers) == _origin(other, b.layers)):
            yield _Change(path, "changed", _size(mine), _size(other), what)


def _children(node: TreeNode | None) -> dict[str, TreeNode]:
    return node.children if isinstance(node, Directory) else {}


def _size(node: TreeNode | None) -> int | None:
    return node.content.entry.size if node and node.kind == "file" else None


def _origin(node: TreeNode, layers: Sequence[str]) -> tuple[str, int] | None:
    """Return where a file's contents come from: the same place in the same layer has the same bytes."""
    content = node.content
    return (layers[content.layer - 1], content.number) if content.entry.kind == "file" else None


def _what(mine: TreeNode, other: TreeNode, *, is_same: bool) -> tuple[str, ...]:
    """Return in what two nodes at one path differ.

    Args:
        mine: The first side's.
        other: The second side's.
        is_same: Whether they come from the very same place.
    """
    if mine.kind != other.kind:
        return ("kind",)
    a, b = mine.content.entry, other.content.entry
    is_link = mine.kind == "symlink"
    found = [] if is_same or mine.kind != "file" else _contents(a.size, a.digest, b.size, b.digest)
    # A symlink's mode says nothing, and builders write what they like.
    found += ["mode"] if a.mode != b.mode and not is_link else []
    found += ["owner"] if (a.uid, a.gid) != (b.uid, b.gid) else []
    found += ["target"] if a.target != b.target and is_link else []
    return tuple(found)


def _contents(size_a: int, digest_a: bytes | None, size_b: int, digest_b: bytes | None) -> list[str]:
    if size_a != size_b:
        return ["content"]
    if size_a == 0 or digest_a == digest_b is not None:
        return []
    return [_UNKNOWN] if digest_a is None or digest_b is None else ["content"]
