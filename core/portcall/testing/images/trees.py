"""File trees as tar archives: what layers hold."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Literal

#: When every file, step and image was made, unless told otherwise: 2024-05-01T12:00:00Z.
EPOCH_SECONDS = 1714564800
#: The same, in RFC 3339.
EPOCH = "2024-05-01T12:00:00Z"

_REGULAR, _DIRECTORY, _SYMLINK, _HARDLINK = "file", "directory", "symlink", "hardlink"
_WHITEOUT, _OPAQUE, _FIFO, _CHARACTER, _BLOCK = "whiteout", "opaque", "fifo", "character", "block"
_TAR_TYPES = {
    _DIRECTORY: tarfile.DIRTYPE,
    _SYMLINK: tarfile.SYMTYPE,
    _HARDLINK: tarfile.LNKTYPE,
    _FIFO: tarfile.FIFOTYPE,
    _CHARACTER: tarfile.CHRTYPE,
    _BLOCK: tarfile.BLKTYPE,
}

#: How an archive writes what the oldest format has no room for: long names, large numbers, attributes.
TarFormat = Literal["pax", "gnu", "ustar"]
_FORMS: dict[TarFormat, int] = {
    "pax": tarfile.PAX_FORMAT,
    "gnu": tarfile.GNU_FORMAT,
    "ustar": tarfile.USTAR_FORMAT,
}


@dataclass(frozen=True, slots=True)
class Node:
    """One entry of a layer; made by :func:`file`, :func:`directory`, :func:`symlink` and those beside them."""

    kind: str
    content: bytes = b""
    target: str = ""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: int = EPOCH_SECONDS
    device: tuple[int, int] = (0, 0)
    xattrs: Mapping[str, str] = field(default_factory=dict)


#: What a name in a tree may stand for; bytes and text are ordinary files of mode 0644.
Content = bytes | str | Node

#: A tree: a mapping (parent directories are added), or pairs in exactly the order and number given.
Tree = Mapping[str, Content] | Sequence[tuple[str, Content]]

#: ``{"etc/motd": DELETED}`` hides a file of the layers below (a whiteout, ``etc/.wh.motd``).
DELETED = Node(_WHITEOUT)
#: ``{"opt": OPAQUE}`` hides all that the layers below hold in a directory (``opt/.wh..wh..opq``).
OPAQUE = Node(_OPAQUE)


def file(
    content: bytes | str = b"",
    *,
    mode: int = 0o644,
    uid: int = 0,
    gid: int = 0,
    mtime: int = EPOCH_SECONDS,
    xattrs: Mapping[str, str] | None = None,
) -> Node:
    """Return a regular file with its mode, owner and time (seconds since 1970).

    Extended attributes, ``{"user.comment": "…"}``, are for archives in pax format.
    """
    found = Node(_REGULAR, _as_bytes(content), mode=mode, uid=uid, gid=gid, mtime=mtime)
    return replace(found, xattrs=dict(xattrs)) if xattrs else found


def executable(content: bytes | str = b"", *, mode: int = 0o755) -> Node:
    """Return a regular file that may be run; 0o4755 makes it setuid."""
    return file(content, mode=mode)


def directory(*, mode: int = 0o755, uid: int = 0, gid: int = 0) -> Node:
    """Return a directory entry."""
    return Node(_DIRECTORY, mode=mode, uid=uid, gid=gid)


def symlink(target: str) -> Node:
    """Return a symbolic link; the target is stored as given, sensible or not."""
    return Node(_SYMLINK, target=target, mode=0o777)


def hardlink(target: str) -> Node:
    """Return a hard link to another member, named from the root: ``"usr/bin/sh"``."""
    return Node(_HARDLINK, target=target)


def fifo(*, mode: int = 0o644) -> Node:
    """Return a named pipe."""
    return Node(_FIFO, mode=mode)


def device(kind: Literal["character", "block"], major: int, minor: int, *, mode: int = 0o600) -> Node:
    """Return a device: ``device("character", 1, 3)`` is what ``/dev/null`` is."""
    return Node(kind, mode=mode, device=(major, minor))


def tar_of(tree: Tree, *, form: TarFormat = "pax") -> bytes:
    """Return a tree as a tar archive, the same bytes every time.

    Args:
        tree: ``{"etc/motd": b"hello", "bin": symlink("usr/bin")}``: the directories above each name are
            added, as builders do. Or pairs ``[(name, content), ...]``, written exactly as given, for
            archives with duplicates, odd names or missing parents.
        form: ``"pax"`` as Go's and Python's writers, ``"gnu"`` as GNU tar unless told otherwise, ``"ustar"``
            for names up to 255 bytes.
    """
    entries = _with_parents(tree) if isinstance(tree, Mapping) else tree
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=_FORMS[form]) as tar:
        for name, content in entries:
            _add(tar, name, content if isinstance(content, Node) else file(content))
        end = tar.offset
    # Two zero blocks, as Go's writer ends an archive; Python pads to 10 KiB.
    return out.getvalue()[:end] + bytes(1024)


def _as_bytes(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _with_parents(tree: Mapping[str, Content]) -> Iterable[tuple[str, Content]]:
    known = set(tree)
    for name, content in tree.items():
        for parent in reversed(PurePosixPath(name).parents):
            path = str(parent)
            if path not in {".", "/"} and path not in known:
                known.add(path)
                yield path, directory()
        yield name, content


def _add(tar: tarfile.TarFile, name: str, node: Node) -> None:
    info = tarfile.TarInfo(_stored_name(name, node))
    info.type = _TAR_TYPES.get(node.kind, tarfile.REGTYPE)
    info.mode, info.uid, info.gid, info.mtime = node.mode, node.uid, node.gid, node.mtime
    info.linkname, info.size = node.target, len(node.content)
    info.devmajor, info.devminor = node.device
    info.pax_headers = {f"SCHILY.xattr.{key}": value for key, value in node.xattrs.items()}
    tar.addfile(info, io.BytesIO(node.content))


def _stored_name(name: str, node: Node) -> str:
    if node.kind == _WHITEOUT:
        parent, _, last = name.rstrip("/").rpartition("/")
        return f"{parent}/.wh.{last}" if parent else f".wh.{last}"
    return f"{name.rstrip('/')}/.wh..wh..opq" if node.kind == _OPAQUE else name
