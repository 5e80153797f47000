"""One entry of a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from portcall.models import EntryKind

#: What a whiteout's name begins with, and what an opaque directory holds.
WHITEOUT, OPAQUE = ".wh.", ".wh..wh..opq"
#: Names that AUFS kept its own books under; they are neither files nor whiteouts.
_BOOKKEEPING = ".wh..wh."


class LayerEntry(NamedTuple):
    """One entry of a layer's archive, in the words of its header.

    Args:
        path: From the root, without a leading or trailing ``/``; ``""`` is the root itself. Cleaned as engines
            do: ``./a//b/../c`` is ``a/c``, and ``..`` never climbs above the root. Bytes that are no UTF-8 are
            surrogates.
        kind: What it is.
        size: Bytes of its contents, logical ones where it is sparse; 0 for all that has none.
        mode: Permission bits, setuid, setgid and sticky included.
        uid: Owner.
        gid: Group.
        mtime: Seconds since 1970.
        target: A symlink's as it is written; a hard link's as a path from the root, cleaned like ``path``.
        digest: SHA-256 of its contents, 32 bytes, where they were read, or a table of contents tells.
        offset: Where its contents begin in the uncompressed archive; ``None`` where that is not known, or they
            are in pieces (sparse).
    """

    path: str
    kind: EntryKind
    size: int = 0
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    target: str | None = None
    digest: bytes | None = None
    offset: int | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def parent(self) -> str:
        """The path without its last part."""
        return self.path.rpartition("/")[0]

    @property
    def is_opaque(self) -> bool:
        """Whether it hides all that lower layers have in :attr:`parent`."""
        return self.name == OPAQUE

    @property
    def deleted(self) -> str | None:
        """The path that it deletes from lower layers, where it is a whiteout."""
        name = self.name
        if not name.startswith(WHITEOUT) or name.startswith(_BOOKKEEPING) or name == WHITEOUT:
            return None
        parent = self.parent
        return f"{parent}/{name[len(WHITEOUT) :]}" if parent else name[len(WHITEOUT) :]

    @property
    def is_marker(self) -> bool:
        """Whether it says something of lower layers, or nothing at all, rather than being a file."""
        return self.name.startswith(WHITEOUT)
