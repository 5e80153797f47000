"""The contents of one entry, as they go by."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portcall.oci.layers.blocks import Blocks
    from portcall.oci.layers.decompress import Archive
    from portcall.oci.layers.tar_reader import Member

_HOLE = bytes(1 << 18)
#: Contents that are taken in one piece.
_SMALL = 1 << 16


class Contents:
    """Takes a file's bytes, hashes them, and keeps those in a window.

    Args:
        window: Which bytes to keep: (start, length).
        is_hashed: Whether a digest is wanted.
    """

    def __init__(self, window: tuple[int, int] | None, *, is_hashed: bool) -> None:
        start, length = window or (0, 0)
        self._start, self._end = max(start, 0), max(start, 0) + max(length, 0)
        self._hash = sha256(usedforsecurity=False) if is_hashed else None
        self._kept: list[bytes] = []
        self._at = 0

    @property
    def digest(self) -> bytes | None:
        """The digest of all that was taken, if it is wanted."""
        return self._hash.digest() if self._hash else None

    @property
    def kept(self) -> bytes:
        """Those of the bytes that are in the window."""
        return b"".join(self._kept)

    def take(self, data: bytes) -> None:
        """Take the next bytes."""
        if self._hash:
            self._hash.update(data)
        if self._at < self._end and self._at + len(data) > self._start:
            self._kept.append(data[max(self._start - self._at, 0) : self._end - self._at])
        self._at += len(data)

    def take_hole(self, until: int, archive: Archive) -> None:
        """Take zeros up to that byte of the file."""
        while self._hash and self._at < until:
            archive.check()
            self.take(_HOLE[: until - self._at])
        if self._at < until:
            overlap = min(until, self._end) - max(self._at, self._start)
            self._kept.append(bytes(max(overlap, 0)))
            self._at = until


def read_contents(
    member: Member, blocks: Blocks, archive: Archive, window: tuple[int, int] | None
) -> tuple[bytes | None, bytes]:
    """Return the digest of an entry's contents, and those of them that are in the window.

    The digest of a sparse file is that of the whole file, ``None`` where its holes are larger than the archive's
    bounds allow it to grow.

    Raises:
        UpstreamError: The archive ends before they do.
        TooLargeError: It unpacks to more than it may.
    """
    if member.parts is None and window is None and member.stored <= _SMALL:
        return sha256(blocks.take(member.stored), usedforsecurity=False).digest(), b""
    holes = 0 if member.parts is None else member.entry.size - sum(length for _, length in member.parts)
    contents = Contents(window, is_hashed=archive.affords(holes))
    left = member.stored
    for offset, length in member.parts or (((0, left),) if member.parts is None else ()):
        contents.take_hole(offset, archive)
        for data in blocks.pieces(length):
            contents.take(data)
        left -= length
    contents.take_hole(member.entry.size, archive)
    blocks.skip(left)
    return contents.digest, contents.kept
