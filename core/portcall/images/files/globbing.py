"""What matches a pattern in the merged tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.images.files.node import Directory
from portcall.images.files.resolve import resolve
from portcall.images.files.shown import unescaped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.images.files.node import TreeNode
    from portcall.images.files.pattern import PathPattern
    from portcall.images.files.resolve import Resolution
    from portcall.images.files.tree import MergedTree


def matching(tree: MergedTree, base: str, pattern: PathPattern) -> Iterator[tuple[str, TreeNode]]:
    """Yield what matches a pattern, by real paths: in the order of names, directories before what is in them.

    Links in the pattern's leading names are followed, inside the image, wherever they lead. What a pattern from
    the root matches is told where it is below ``base``.

    Args:
        tree: The image's.
        base: A directory, without links; where to look.
        pattern: What to look for.
    """
    origin = "" if pattern.is_from_root else base
    found = _led(tree, origin, pattern)
    if found.fault or not isinstance(found.node, Directory):
        return
    places = pattern.begin()
    for name in pattern.leading:
        places = pattern.step(places, name)
    path, directory = found.path, found.node
    if pattern.is_from_root and not _is_within(path, base):
        inner = tree.at(base)
        if not _is_within(base, path) or not isinstance(inner, Directory):
            return
        for name in base[len(path) :].strip("/").split("/"):
            places = pattern.step(places, name)
        path, directory = base, inner
    elif path != base and pattern.is_match(places):
        yield path, directory
    yield from _below(path, directory, pattern, places)


def _led(tree: MergedTree, origin: str, pattern: PathPattern) -> Resolution:
    r"""Return where a pattern's leading names lead, as they are given, or else with their ``\xNN`` as bytes."""
    given = "/".join(pattern.leading)
    found = resolve(tree.at, f"{origin}/{given}")
    if found.fault and (other := unescaped(given)) != given:
        return resolve(tree.at, f"{origin}/{other}")
    return found


def _is_within(path: str, directory: str) -> bool:
    return not directory or path == directory or path.startswith(f"{directory}/")


def _below(
    path: str, directory: Directory, pattern: PathPattern, places: frozenset[int]
) -> Iterator[tuple[str, TreeNode]]:
    """Yield what matches below a directory, when one stands at these places of the pattern there."""
    waiting = _children(f"{path}/" if path else "", directory, places)
    while waiting:
        here, name, node, places = waiting.pop()
        reached = pattern.step(places, name)
        is_directory = isinstance(node, Directory)
        if pattern.is_match(reached) and (is_directory or not pattern.directories_only):
            yield here, node
        if isinstance(node, Directory) and reached:
            waiting += _children(f"{here}/", node, reached)


def _children(
    start: str, directory: Directory, places: frozenset[int]
) -> list[tuple[str, str, TreeNode, frozenset[int]]]:
    """Return what is in a directory, the last first."""
    children = sorted(directory.children.items(), reverse=True)
    return [(start + name, name, node, places) for name, node in children]
