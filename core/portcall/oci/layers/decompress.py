"""A layer's archive, unpacked as it is asked for, and no further than its bounds allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from portcall.oci.layers.faults import HeaderFault, no_archive, too_much
from portcall.oci.layers.readable import READ_SIZE
from portcall.oci.layers.tar_header import BLOCK, ZEROS, read_header

if TYPE_CHECKING:
    from portcall.oci.layers.bounds import Bounds
    from portcall.oci.layers.checkpoints import Checkpoints
    from portcall.oci.layers.readable import Source

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"

Compression = Literal["gzip", "zstd", "none"]


class _Stream(Protocol):
    @property
    def leftover(self) -> bytes: ...

    def read(self, size: int, /) -> bytes: ...


class _Plain:
    """What is not packed at all."""

    leftover = b""

    def __init__(self, source: Source) -> None:
        self.read = source.read


class Archive:
    """The archive of a layer, unpacked.

    Args:
        source: What is stored.
        stream: What unpacks it.
        compression: How it is packed.
        bounds: How far it may be unpacked.
    """

    def __init__(self, source: Source, stream: _Stream, compression: Compression, bounds: Bounds) -> None:
        self._source = source
        self._stream = stream
        self._bounds = bounds
        self._expanded = 0
        self.compression = compression
        #: Bytes of the archive given so far.
        self.produced = 0

    @property
    def what(self) -> str:
        """What it is, for error messages."""
        return self._source.what

    @property
    def stored(self) -> int:
        """How many stored bytes were taken so far."""
        return self._source.taken

    def check(self) -> None:
        """Raise where the scan is to be given up."""
        self._source.check()

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, at least one unless at the end.

        Raises:
            UpstreamError: What is stored is damaged or cut off.
            TooLargeError: It unpacks to more than it may.
        """
        self._source.check()
        data = self._stream.read(size)
        self.produced += len(data)
        if self._left() < 0:
            bounds = self._bounds
            raise too_much(
                self.what,
                f"unpacks to more than {bounds.ratio} times its size and {bounds.free_bytes >> 20} MiB beyond",
            )
        return data

    def affords(self, count: int) -> bool:
        """Return whether so many bytes more may be made of nothing (holes in files); if so they are counted."""
        if count > self._left():
            return False
        self._expanded += count
        return True

    def finish(self) -> int:
        """Read what is stored after the packed data; return how many bytes, zeros before them left out."""
        junk = 0
        data = self._stream.leftover
        while data or (data := self._source.read(READ_SIZE)):
            self._source.check()
            junk += len(data if junk else data.lstrip(b"\0"))
            data = b""
        return junk

    def _left(self) -> int:
        most = self._bounds.free_bytes + self._bounds.ratio * self._source.taken
        return most - self.produced - self._expanded


def decompressed(source: Source, bounds: Bounds, checkpoints: Checkpoints | None = None) -> Archive:
    """Return the archive that a layer is, whatever its media type says it is packed with.

    Args:
        source: What is stored.
        bounds: How far it may be unpacked.
        checkpoints: Where to note places to go on from, should it be gzip.

    Raises:
        UpstreamError: It is no archive.
    """
    head = source.peek(BLOCK)
    if head.startswith(_GZIP):
        # zlib-ng and zstandard are loaded by those who unpack something, each by itself.
        from portcall.oci.layers.gzip_stream import GzipStream

        if checkpoints is not None:
            checkpoints.add(0, 0, None)
        return Archive(source, GzipStream(source, checkpoints=checkpoints), "gzip", bounds)
    if head.startswith(_ZSTD) or (head[1:4] == _SKIPPABLE and 0x50 <= head[0] <= 0x5F):
        from portcall.oci.layers.zstd_stream import ZstdStream

        return Archive(source, ZstdStream(source, bounds.window_bytes), "zstd", bounds)
    if not _is_tar(head):
        raise no_archive(source.what)
    return Archive(source, _Plain(source), "none", bounds)


def _is_tar(head: bytes) -> bool:
    """Return whether an archive begins so: with a header, or with its end where there is nothing in it."""
    if head == ZEROS[: len(head)] or head[257:262] == b"ustar":
        return True
    try:
        read_header(head.ljust(BLOCK, b"\0"))
    except HeaderFault:
        return False
    return True
