"""Where a path leads inside the image, as for a process in a container."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from portcall.errors import PortcallError
    from portcall.images.files.node import TreeNode
    from portcall.images.files.tree import Deletion

#: Links that Linux follows in one path.
MAX_LINKS = 40

#: Why a path leads nowhere: nothing is there, something other than a directory is on the way, links go in a
#: circle, or a hard link was made to nothing.
Fault = Literal["absent", "blocked", "loop", "broken"]


class View(Protocol):
    """What is known of an image's tree."""

    @property
    def unreadable(self) -> Mapping[int, PortcallError]:
        """Why layers are missing in this view, by their numbers."""
        ...

    def at(self, path: str) -> TreeNode | None:
        """Return what stands at a path whose parent is a directory; no links are followed."""
        ...

    def names_in(self, path: str) -> Sequence[str]:
        """Return the names in a directory, as far as they are known."""
        ...

    def deletion(self, path: str) -> Deletion | None:
        """Return which layer took away what stood at a path, if that is known."""
        ...


@dataclass(frozen=True, slots=True)
class Resolution:
    """Where a path led.

    Args:
        path: Where the way ended, without links and without ``/`` at its beginning.
        node: What is there; ``None`` where nothing is.
        fault: Why this is not what was asked for.
        rest: Names that should have followed.
    """

    path: str
    node: TreeNode | None
    fault: Fault | None = None
    rest: tuple[str, ...] = ()

    @property
    def sought(self) -> str:
        """The path with all names that should have followed."""
        names = list[str]()
        for name in (*self.path.split("/"), *self.rest):
            if name == "..":
                names = names[:-1]
            elif name not in {"", "."}:
                names.append(name)
        return "/".join(names)


def resolve(at: Callable[[str], TreeNode | None], path: str, *, follow_last: bool = True) -> Resolution:
    """Return where a path leads, from the root, links and ``..`` followed inside the image.

    Args:
        at: What tells what stands at a path, as :meth:`View.at` does.
        path: What was asked for; a ``/`` at its end wants a directory.
        follow_last: Whether a link that the path ends in is followed, too.
    """
    ahead = path.split("/")[::-1]
    names, links = list[str](), 0
    node = at("")
    while ahead:
        name = ahead.pop()
        if node is not None and node.kind != "directory":
            return Resolution("/".join(names), node, "blocked", (name, *reversed(ahead)))
        if name == "..":
            names = names[:-1]
            node = at("/".join(names))
        if name in {"", ".", ".."}:
            continue
        here = "/".join((*names, name))
        child = at(here)
        if child is None or child.is_broken:
            return Resolution(here, child, "broken" if child else "absent", tuple(reversed(ahead)))
        if child.kind != "symlink" or not (ahead or follow_last):
            names.append(name)
            node = child
            continue
        links += 1
        if links > MAX_LINKS:
            return Resolution(here, child, "loop")
        target = child.content.entry.target or ""
        if target.startswith("/"):
            names, node = [], at("")
        ahead += target.split("/")[::-1]
    return Resolution("/".join(names), node)
