"""Layers: tar archives, compressed, with the step that made them."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from portcall.digest import digest_of
from portcall.testing.images import media_types
from portcall.testing.images.trees import EPOCH, Tree, tar_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: ``gzip-stored`` is gzip without compression: the same bytes whatever zlib this Python has.
#: ``gzip-members`` is many gzip members one after another, as eStargz writes them; ``zstd-frames`` is many zstd
#: frames, and others to be skipped between them, as zstd:chunked has.
Compression = Literal["gzip", "gzip-stored", "gzip-members", "zstd", "zstd-frames", "none"]

_MEMBER = 4096
_STORED_BLOCK = 65535
_SKIPPABLE = b"\x50\x2a\x4d\x18"
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


@dataclass(frozen=True, slots=True)
class Step:
    """A line of an image's history; by itself, one that made no layer (``CMD``, ``ENV``, …)."""

    command: str
    created: str = EPOCH
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer as it is stored, and the step that made it.

    Attributes:
        blob: The bytes that a registry keeps.
        diff_id: Digest of the uncompressed archive, as the config lists it.
        compression: How ``blob`` is packed; decides the media type.
        command: ``created_by`` of the step, or ``None`` for a step that says nothing.
        urls: Where else the layer is; makes it a foreign one, whose blob is not pushed.
        media_type: Overrides the usual media type.
    """

    blob: bytes = field(repr=False)
    diff_id: str
    compression: Compression = "gzip"
    command: str | None = None
    created: str = EPOCH
    comment: str = ""
    annotations: Mapping[str, str] | None = None
    urls: Sequence[str] = ()
    media_type: str | None = None

    @property
    def digest(self) -> str:
        """The digest of the stored bytes."""
        return digest_of(self.blob)

    @property
    def size(self) -> int:
        """Stored, usually compressed, bytes."""
        return len(self.blob)

    def descriptor(self, *, docker: bool = False, algorithm: str = "sha256") -> dict[str, Any]:
        """Return how a manifest names this layer, with OCI or with Docker media types."""
        found: dict[str, Any] = {
            "mediaType": self.media_type or self._usual_media_type(docker=docker),
            "digest": digest_of(self.blob, algorithm),
            "size": len(self.blob),
        }
        if self.urls:
            found["urls"] = list(self.urls)
        if self.annotations:
            found["annotations"] = dict(self.annotations)
        return found

    def _usual_media_type(self, *, docker: bool) -> str:
        kind = self.compression.partition("-")[0]
        if docker:
            base = media_types.DOCKER_FOREIGN_LAYER if self.urls else media_types.DOCKER_LAYER
            return base if kind == "none" else f"{base}.{kind}"
        base = media_types.OCI_FOREIGN_LAYER if self.urls else media_types.OCI_LAYER
        return base if kind == "none" else f"{base}+{kind}"


def layer(
    files: Tree = (),
    *,
    tar: bytes | None = None,
    command: str | None = None,
    compression: Compression = "gzip",
    created: str = EPOCH,
    comment: str = "",
    annotations: Mapping[str, str] | None = None,
    urls: Sequence[str] = (),
    media_type: str | None = None,
) -> Layer:
    """Return a layer that holds these files.

    Args:
        files: ``{"etc/os-release": b"ID=debian"}`` and the like, see :func:`tar_of`.
        tar: A ready archive instead of files, well-formed or not.
        command: The step that made it: ``"RUN apt-get install -y curl # buildkit"``.
        compression: How it is packed.
        created: When the step ran.
        comment: The step's comment, e.g. ``"buildkit.dockerfile.v0"``.
        annotations: Annotations of its descriptor.
        urls: Makes it a foreign layer that is found there and not in the registry.
        media_type: A media type other than the usual one.
    """
    archive = tar_of(files) if tar is None else tar
    return Layer(
        compress(archive, compression),
        digest_of(archive),
        compression,
        command,
        created,
        comment,
        annotations,
        tuple(urls),
        media_type,
    )


def compress(data: bytes, how: Compression) -> bytes:
    """Return data packed as asked, with no times or names in it: the same bytes every time."""
    if how == "none":
        return data
    if how == "gzip-stored":
        return _gzip_member(data, b"".join(_stored_blocks(data)))
    in_pieces = how in {"gzip-members", "zstd-frames"}
    size = _MEMBER if in_pieces else max(len(data), 1)
    parts = [data[at : at + size] for at in range(0, len(data), size)] or [b""]
    if how in {"zstd", "zstd-frames"}:
        return _zstd(parts, between=skippable(b"nothing") if in_pieces else b"")
    return b"".join(_gzip_member(part, _deflate(part)) for part in parts)


def skippable(content: bytes) -> bytes:
    """Return a zstd frame that is no part of what is packed."""
    return _SKIPPABLE + struct.pack("<I", len(content)) + content


def _zstd(parts: Sequence[bytes], *, between: bytes) -> bytes:
    # Late: only a layer that asks for it needs the library.
    import zstandard

    compressor = zstandard.ZstdCompressor(level=3)
    return between.join(compressor.compress(part) for part in parts)


def _gzip_member(data: bytes, deflated: bytes) -> bytes:
    return _GZIP_HEADER + deflated + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def _deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def _stored_blocks(data: bytes) -> Iterator[bytes]:
    for at in range(0, max(len(data), 1), _STORED_BLOCK):
        part = data[at : at + _STORED_BLOCK]
        last = at + _STORED_BLOCK >= len(data)
        yield struct.pack("<BHH", last, len(part), len(part) ^ 0xFFFF) + part
