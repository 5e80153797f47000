"""eStargz: a gzip layer with a table of contents, each file's contents in a gzip member of its own.

Shape: containerd/stargz-snapshotter ``docs/estargz.md``.
"""

from __future__ import annotations

import base64
import json
import struct
from typing import TYPE_CHECKING, Any

from portcall.digest import digest_of
from portcall.testing.images.built import changed, encode
from portcall.testing.images.contents import members_of, pieces_of
from portcall.testing.images.layers import Layer, compress
from portcall.testing.images.trees import EPOCH, Tree, file, tar_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portcall.testing.images.contents import Bend, Member

_TOC = "stargz.index.json"
_DIGEST = "containerd.io/snapshot/stargz/toc.digest"


def estargz(
    files: Tree = (),
    *,
    tar: bytes | None = None,
    chunk_size: int = 4 << 20,
    member_size: int = 0,
    landmark: str | None = ".no.prefetch.landmark",
    toc: Bend | None = None,
    toc_offset: int | None = None,
    legacy: bool = False,
    annotations: Mapping[str, str | None] | None = None,
    command: str | None = None,
    created: str = EPOCH,
) -> Layer:
    """Return a layer whose files can be fetched one by one.

    Args:
        files: What it holds, see :func:`tar_of`.
        tar: A ready archive instead of files.
        chunk_size: Most bytes of a file in one gzip member; a larger file is in several.
        member_size: Fewest bytes in one gzip member: small files share it (``innerOffset``).
        landmark: Name of the file that says what to fetch ahead; the format wants one.
        toc: Bends the table of contents; its digest is that of what is stored.
        toc_offset: Where the footer says that the table of contents begins, truly or not.
        legacy: Ends it with the footer of stargz, which came before eStargz.
        annotations: Annotations of its descriptor besides the digest of its table of contents, which ``None``
            takes away.
        command: The step that made it.
        created: When the step ran.
    """
    archive = tar_of(files) if tar is None else tar
    landmarks = tar_of([(landmark, file(b"\x0f", mode=0o600))] if landmark else [])
    packed = _Packed(chunk_size, member_size)
    for member in members_of(archive) + members_of(landmarks):
        packed.add(member)
    document = packed.document()
    told = toc(document) if toc else json.dumps(document, indent="\t").encode()
    stored = told if isinstance(told, bytes) else encode(told)
    offset = packed.finish(stored)
    return Layer(
        packed.blob() + footer(offset if toc_offset is None else toc_offset, legacy=legacy),
        digest_of(packed.archive()),
        command=command,
        created=created,
        annotations=changed({_DIGEST: digest_of(stored)}, annotations),
    )


class _Packed:
    """Gzip members one after another, and what is told of them."""

    def __init__(self, chunk_size: int, member_size: int) -> None:
        self._chunk_size = chunk_size
        self._member_size = member_size
        self._blob = bytearray()
        self._archive = bytearray()
        self._open = bytearray()
        self._rows: list[dict[str, Any]] = []

    def add(self, member: Member) -> None:
        """Add an entry, its contents in as many gzip members as they need."""
        row = member.row()
        if xattrs := dict(member.xattrs()):
            row["xattrs"] = {key: base64.b64encode(value).decode() for key, value in xattrs.items()}
        if member.info.isreg():
            row["digest"] = member.digest()
        self._write(member.headers)
        for at, piece in pieces_of(member.content, self._chunk_size):
            row = row if at == 0 else {"name": member.info.name, "type": "chunk"}
            row |= self._place(at, piece, is_last=at + len(piece) == len(member.content))
            self._rows.append(row)
            self._write(piece)
        if not member.content:
            self._rows.append(row)
        self._write(member.padding)

    def _place(self, at: int, piece: bytes, *, is_last: bool) -> dict[str, Any]:
        if len(self._open) >= self._member_size:
            self._close()
        found = {
            "offset": len(self._blob),
            "innerOffset": len(self._open),
            "chunkOffset": at,
            "chunkSize": 0 if is_last else len(piece),
        }
        told = {key: value for key, value in found.items() if value}
        return {**told, "chunkDigest": digest_of(piece)}

    def _write(self, data: bytes) -> None:
        self._open += data
        self._archive += data

    def _close(self) -> None:
        if self._open:
            self._blob += compress(bytes(self._open), "gzip")
            self._open.clear()

    def document(self) -> dict[str, Any]:
        """Return the table of contents."""
        return {"version": 1, "entries": self._rows}

    def finish(self, toc: bytes) -> int:
        """Add a table of contents, as the archive's last file; return where it begins."""
        self._close()
        offset = len(self._blob)
        self._write(tar_of([(_TOC, file(toc, mode=0, mtime=0))]))
        self._close()
        return offset

    def blob(self) -> bytes:
        """Return all members."""
        return bytes(self._blob)

    def archive(self) -> bytes:
        """Return what is in them."""
        return bytes(self._archive)


def footer(toc_offset: int, *, legacy: bool = False) -> bytes:
    """Return the empty gzip member that ends an eStargz layer: 51 bytes, or 47 as stargz had them."""
    where = f"{toc_offset:016x}STARGZ".encode()
    extra = where if legacy else b"SG" + struct.pack("<H", len(where)) + where
    header = b"\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff" + struct.pack("<H", len(extra)) + extra
    return header + b"\x01\x00\x00\xff\xff" + bytes(8)
