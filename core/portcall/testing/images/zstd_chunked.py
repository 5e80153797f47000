"""zstd:chunked: a zstd layer with a table of contents, each piece of a file in a zstd frame of its own.

Shape: containers/storage ``pkg/chunked/internal/minimal``, and ``compressor`` for how pieces are told.
"""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING, Any, Literal

from portcall.digest import digest_of
from portcall.testing.images.built import changed, encode
from portcall.testing.images.contents import members_of, pieces_of
from portcall.testing.images.layers import Layer, compress, skippable
from portcall.testing.images.trees import EPOCH, Tree, tar_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portcall.testing.images.contents import Bend, Member

_FRAME_HEADER = 8
_MAGIC = b"GNUlInUx"
_END = bytes(1024)
#: Fewer zeros than these are stored as they are.
_HOLE = 1024


def zstd_chunked(
    files: Tree = (),
    *,
    tar: bytes | None = None,
    chunk_size: int = 64 << 10,
    names: Literal["io.github.containers", "io.containers"] = "io.github.containers",
    toc: Bend | None = None,
    annotations: Mapping[str, str | None] | None = None,
    command: str | None = None,
    created: str = EPOCH,
) -> Layer:
    """Return a layer whose files can be fetched one by one.

    Args:
        files: What it holds, see :func:`tar_of`.
        tar: A ready archive instead of files.
        chunk_size: Bytes of a file in one frame. Real writers cut by a rolling sum, but say so the same way.
        names: How the annotations begin; the second are those of the first draft.
        toc: Bends the table of contents; its digest is that of what is stored.
        annotations: Annotations of its descriptor besides the place and the digest of its table of contents,
            which ``None`` takes away.
        command: The step that made it.
        created: When the step ran.
    """
    archive = tar_of(files) if tar is None else tar
    packed = _Packed(chunk_size)
    for member in members_of(archive):
        packed.add(member)
    blob, told = packed.finish(toc)
    prefix = f"{names}.zstd-chunked"
    return Layer(
        blob,
        digest_of(packed.archive()),
        "zstd",
        command,
        created,
        annotations=changed({f"{prefix}.{key}": value for key, value in told.items()}, annotations),
    )


class _Packed:
    """Zstd frames one after another, and what is told of them."""

    def __init__(self, chunk_size: int) -> None:
        self._chunk_size = chunk_size
        self._blob = bytearray()
        self._archive = bytearray()
        self._open = bytearray()
        self._rows: list[dict[str, Any]] = []

    def archive(self) -> bytes:
        """Return all that was written, unpacked."""
        return bytes(self._archive)

    def add(self, member: Member) -> None:
        """Add an entry, its contents in as many frames as they have pieces."""
        row = member.row()
        if xattrs := dict(member.xattrs()):
            row["xattrs"] = {key: base64.b64encode(value).decode() for key, value in xattrs.items()}
        self._write(member.headers)
        if member.content:
            self._rows += self._pieces(member, row)
        else:
            self._rows.append(row)
        self._write(member.padding)

    def _pieces(self, member: Member, row: dict[str, Any]) -> list[dict[str, Any]]:
        self._close()
        rows = [{**row, "digest": member.digest(), "offset": len(self._blob)}]
        pieces = pieces_of(member.content, self._chunk_size)
        for at, piece in pieces:
            if at:
                rows.append({"type": "chunk", "name": member.info.name, "chunkOffset": at})
            if len(pieces) > 1:
                rows[-1] |= self._told(piece)
            self._write(piece)
            self._close()
        rows[0]["endOffset"] = len(self._blob)
        return rows

    def _told(self, piece: bytes) -> dict[str, Any]:
        is_hole = len(piece) >= _HOLE and not any(piece)
        kind = {"chunkType": "zeros"} if is_hole else {}
        return {"offset": len(self._blob), "chunkSize": len(piece), "chunkDigest": digest_of(piece), **kind}

    def _write(self, data: bytes) -> None:
        self._open += data
        self._archive += data

    def _close(self) -> None:
        if self._open:
            self._blob += compress(bytes(self._open), "zstd")
            self._open.clear()

    def finish(self, bend: Bend | None) -> tuple[bytes, dict[str, str]]:
        """Return the blob, and what its descriptor tells of its table of contents."""
        self._write(_END)
        self._close()
        document: dict[str, Any] = {"version": 1, "entries": self._rows}
        bent = bend(document) if bend else document
        told = bent if isinstance(bent, bytes) else encode(bent)
        packed = compress(told, "zstd")
        offset = len(self._blob) + _FRAME_HEADER
        self._blob += skippable(packed)
        place = (offset, len(packed), len(told), 1)
        self._blob += skippable(struct.pack("<4Q", *place) + bytes(24) + _MAGIC)
        position = ":".join(str(number) for number in place)
        return bytes(self._blob), {"manifest-position": position, "manifest-checksum": digest_of(packed)}
