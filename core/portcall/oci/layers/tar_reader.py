"""The entries of a tar archive, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from portcall.oci.document import broken
from portcall.oci.layers import pax, sparse
from portcall.oci.layers.entry import LayerEntry
from portcall.oci.layers.faults import ChecksumFault, HeaderFault, cut_off, no_archive, too_much
from portcall.oci.layers.names import clean, decoded
from portcall.oci.layers.oddities import Oddities
from portcall.oci.layers.tar_header import BLOCK, ZEROS, Header, read_header, until_nul

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from portcall.models import EntryKind
    from portcall.oci.layers.blocks import Blocks
    from portcall.oci.layers.bounds import Bounds

_KINDS: Final[dict[bytes, EntryKind]] = {
    **dict.fromkeys((b"0", b"\0", b"7", b"S"), "file"),
    b"1": "hardlink",
    b"2": "symlink",
    b"3": "character",
    b"4": "block",
    b"5": "directory",
    b"6": "fifo",
}
_LONG_NAME, _LONG_LINK, _RECORDS, _GLOBAL = b"L", b"K", b"x", b"g"
_EXTENSIONS = frozenset({_LONG_NAME, _LONG_LINK, _RECORDS, _GLOBAL})


class Member(NamedTuple):
    """An entry whose contents come next in the archive.

    Args:
        entry: The entry, still without a digest.
        stored: How many bytes of contents are in the archive.
        parts: Where they belong in the file, if it is sparse.
    """

    entry: LayerEntry
    stored: int
    parts: sparse.Parts | None


class TarReader:
    """Reads what Go's ``archive/tar`` would, which every container engine unpacks layers with.

    So PAX records that are meant for all entries are left aside, a GNU long name outranks a PAX one, and types
    that have no contents have none whatever size their header tells.

    Args:
        blocks: The archive.
        bounds: How many entries, and how long names it may have.
    """

    def __init__(self, blocks: Blocks, bounds: Bounds) -> None:
        self._blocks = blocks
        self._bounds = bounds
        self._header_at = 0
        self._name_bytes = 0
        #: What is odd about the names so far.
        self.oddities = Oddities()

    def members(self) -> Iterator[Member]:
        """Yield the entries; whoever asks for the next has taken the contents of the last.

        Raises:
            UpstreamError: A header is broken, or the archive is cut off.
            TooLargeError: There are more entries or longer names than there may be.
        """
        left = self._bounds.entries
        try:
            while (member := self._member()) is not None:
                left -= 1
                if left < 0:
                    raise too_much(self._blocks.what, f"has more than {self._bounds.entries} entries")
                yield member
                self._blocks.skip(-member.stored % BLOCK)
        except HeaderFault as fault:
            if isinstance(fault, ChecksumFault) and not self._header_at:
                raise no_archive(self._blocks.what) from None
            where = f"the header at byte {self._header_at} of its archive makes no sense ({fault})"
            raise broken(self._blocks.what, where) from None

    def _member(self) -> Member | None:
        """Return the next entry; ``None`` at the archive's end."""
        names: dict[bytes, bytes] = {}
        records: dict[bytes, bytes] = {}
        while True:
            block = self._next_block(is_amid=bool(names or records))
            if block is None:
                return None
            header = read_header(block)
            if header.flag not in _EXTENSIONS:
                return self._complete(block, header, records, names)
            data = self._extension(header.size)
            if header.flag == _RECORDS:
                records = pax.read_records(data)
            elif header.flag == _GLOBAL:
                pax.read_records(data)
                names, records = {}, {}
                self.oddities.global_records += 1
            else:
                names[header.flag] = until_nul(data)

    def _next_block(self, *, is_amid: bool) -> bytes | None:
        self._header_at = self._blocks.offset
        block = self._blocks.take(BLOCK, or_end=True)
        if not block and is_amid:
            raise cut_off(self._blocks.what)
        if block == ZEROS:
            second = self._blocks.take(BLOCK, or_end=True)
            if second not in {b"", ZEROS}:
                raise HeaderFault("it follows the half of an end")
            block = b""
        return block or None

    def _extension(self, size: int) -> bytes:
        if size > self._bounds.extended_bytes:
            raise too_much(
                self._blocks.what, f"has an extended header of more than {self._bounds.extended_bytes} bytes"
            )
        data = self._blocks.take(size)
        self._blocks.skip(-size % BLOCK)
        return data

    def _complete(
        self, block: bytes, header: Header, records: dict[bytes, bytes], names: dict[bytes, bytes]
    ) -> Member:
        """Return the entry that a header makes with what was said before it."""
        if records:
            header = _with_records(header, records)
        if names:
            header = header._replace(
                name=names.get(_LONG_NAME) or header.name, link=names.get(_LONG_LINK) or header.link
            )
        kind = _KINDS.get(header.flag, "other")
        if header.flag == b"\0" and header.name.endswith(b"/"):
            kind = "directory"
        size = stored = header.size if kind in {"file", "other"} else 0
        parts = None
        if header.flag == b"S" or (records and sparse.is_sparse(records)):
            parts, size, stored = self._sparse(block, header, records, kind)
            header = header._replace(name=records.get(b"GNU.sparse.name") or header.name)
        return Member(self._entry(header, kind, size, is_whole=parts is None), stored, parts)

    def _sparse(
        self, block: bytes, header: Header, records: dict[bytes, bytes], kind: EntryKind
    ) -> tuple[sparse.Parts, int, int]:
        if kind != "file":
            raise HeaderFault("it is sparse and no file")
        stored = header.size
        if header.flag == b"S":
            parts, size = sparse.parts_in_headers(block, self._blocks, self._bounds.extended_bytes)
        elif records.get(b"GNU.sparse.major") == b"1":
            size = sparse.real_size(records, stored)
            parts, taken = sparse.parts_in_data(self._blocks, stored, self._bounds.extended_bytes)
            stored -= taken
        else:
            size = sparse.real_size(records, stored)
            parts = sparse.parts_in_records(records)
        sparse.check(parts, size, stored)
        return parts, size, stored

    def _entry(self, header: Header, kind: EntryKind, size: int, *, is_whole: bool) -> LayerEntry:
        name, target = decoded(header.name), None
        path = clean(name)
        self._count(header)
        if kind == "other" or ".." in name or not path or name[0] == "/":
            self.oddities.see(name, kind)
        if kind == "hardlink":
            target = clean(decoded(header.link))
        elif kind == "symlink":
            target = decoded(header.link)
        offset = self._blocks.offset if kind == "file" and is_whole else None
        mode = header.mode & 0o7777
        return LayerEntry(path, kind, size, mode, header.uid, header.gid, header.mtime, target, None, offset)

    def _count(self, header: Header) -> None:
        self._name_bytes += len(header.name) + len(header.link)
        if self._name_bytes > self._bounds.name_bytes:
            raise too_much(self._blocks.what, f"has more than {self._bounds.name_bytes >> 20} MiB of names")


def _with_records(header: Header, records: dict[bytes, bytes]) -> Header:
    size = pax.integer(records[b"size"]) if records.get(b"size") else header.size
    if size < 0:
        raise HeaderFault("a size is negative")
    return header._replace(
        name=records.get(b"path") or header.name,
        link=records.get(b"linkpath") or header.link,
        size=size,
        mtime=pax.seconds(records[b"mtime"]) if records.get(b"mtime") else header.mtime,
        uid=pax.integer(records[b"uid"]) if records.get(b"uid") else header.uid,
        gid=pax.integer(records[b"gid"]) if records.get(b"gid") else header.gid,
    )
