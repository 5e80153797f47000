"""An entry of the merged tree as people read it."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from portcall.images.files.shown import from_root, shown
from portcall.models import ImageFile
from portcall.timestamp import from_seconds

if TYPE_CHECKING:
    from portcall.images.files.node import TreeNode

_TYPES = {
    "file": stat.S_IFREG,
    "directory": stat.S_IFDIR,
    "symlink": stat.S_IFLNK,
    "character": stat.S_IFCHR,
    "block": stat.S_IFBLK,
    "fifo": stat.S_IFIFO,
}


def row(path: str, node: TreeNode, *, is_dangling: bool | None = False) -> ImageFile:
    """Return one entry; ``path`` is without ``/`` at its beginning."""
    entry = node.content.entry
    return ImageFile(
        path=from_root(path),
        kind=node.entry.kind,
        size=entry.size,
        mode=mode(node),
        owner=owner(node),
        modified=modified(node),
        target=_target(node),
        dangling=is_dangling,
        layer=node.layer,
    )


def mode(node: TreeNode) -> str:
    """Return the type and permissions as ``ls -l`` shows them."""
    entry = node.content.entry
    return stat.filemode(_TYPES.get(entry.kind, 0) | (entry.mode & 0o7777))


def owner(node: TreeNode) -> str:
    """Return ``uid:gid``."""
    entry = node.content.entry
    return f"{entry.uid}:{entry.gid}"


def modified(node: TreeNode) -> str | None:
    """Return when it was written, RFC 3339; ``None`` for a directory that no layer states."""
    return None if node.is_implied else from_seconds(node.content.entry.mtime)


def _target(node: TreeNode) -> str | None:
    entry = node.entry
    if entry.target is None or entry.kind not in {"symlink", "hardlink"}:
        return None
    return shown(entry.target) if entry.kind == "symlink" else from_root(entry.target)
