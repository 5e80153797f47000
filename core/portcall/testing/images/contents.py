"""What the two formats with a table of contents have in common: an archive's parts, and a row for each entry."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from portcall.digest import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    #: Bends a table of contents before it is stored: returns another one, or bytes that may be no JSON at all.
    Bend = Callable[[dict[str, Any]], Mapping[str, Any] | bytes]

_TYPES = {
    tarfile.REGTYPE: "reg",
    tarfile.AREGTYPE: "reg",
    tarfile.DIRTYPE: "dir",
    tarfile.SYMTYPE: "symlink",
    tarfile.LNKTYPE: "hardlink",
    tarfile.CHRTYPE: "char",
    tarfile.BLKTYPE: "block",
    tarfile.FIFOTYPE: "fifo",
}
_XATTR = "SCHILY.xattr."


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of an archive: its headers, its contents, and the zeros after them."""

    info: tarfile.TarInfo
    headers: bytes
    content: bytes
    padding: bytes

    def row(self) -> dict[str, Any]:
        """Return what a table of contents tells of this entry, wherever its contents may be."""
        info = self.info
        is_link = info.islnk() or info.issym()
        modified = datetime.fromtimestamp(info.mtime, UTC).isoformat().replace("+00:00", "Z")
        found = {
            "name": f"{info.name}/" if info.isdir() else info.name,
            "type": _TYPES[info.type],
            "size": len(self.content) or None,
            "modtime": modified if info.mtime else None,
            "linkName": info.linkname if is_link else None,
            "mode": info.mode or None,
            "uid": info.uid or None,
            "gid": info.gid or None,
            "devMajor": info.devmajor or None,
            "devMinor": info.devminor or None,
        }
        return {key: value for key, value in found.items() if value is not None}

    def xattrs(self) -> Iterator[tuple[str, bytes]]:
        """Yield the extended attributes."""
        for key, value in self.info.pax_headers.items():
            if key.startswith(_XATTR):
                yield key.removeprefix(_XATTR), value.encode()

    def digest(self) -> str:
        """Return the digest of the contents."""
        return digest_of(self.content)


def members_of(archive: bytes) -> list[Member]:
    """Return the entries of an archive, in order; joined again they are the archive without its end."""
    found = []
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
        for info in tar:
            size = info.size if info.isreg() else 0
            end = info.offset_data + size
            padded = end + -end % tarfile.BLOCKSIZE
            headers = archive[info.offset : info.offset_data]
            content, padding = archive[info.offset_data : end], archive[end:padded]
            found.append(Member(info, headers, content, padding))
    return found


def pieces_of(content: bytes, size: int) -> list[tuple[int, bytes]]:
    """Return a file's contents in pieces of at most ``size`` bytes, each with its place in the file."""
    return [(at, content[at : at + size]) for at in range(0, len(content), size)]
