"""The frames of zstd data: where each begins and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.oci.layers.faults import cut_off, damaged, too_much

if TYPE_CHECKING:
    from portcall.oci.layers.readable import Source

MAGIC = b"\x28\xb5\x2f\xfd"
#: The longest field whose own length must be seen at once: a frame's header with its magic.
_LONGEST_FIELD = 18
_RLE, _RESERVED = 1, 3
_DICTIONARY_BYTES = (0, 1, 2, 4)


class ZstdFrames:
    """zstd data that passes on its way to the decompressor, whose frames are followed.

    The decompressor does not tell the end of the data from the middle of a frame, gives up at bytes after the
    last frame, and has no word of its own for a window that is too large.

    Args:
        source: What is stored.
        window_bytes: The largest window that is let pass.

    Source: RFC 8878, section 3.
    """

    def __init__(self, source: Source, window_bytes: int) -> None:
        self._source = source
        self._window_bytes = window_bytes
        self._held = b""
        self._skip = 0
        self._is_inside = False
        self._has_checksum = False
        #: What was read and is no part of any frame, once the end is reached.
        self.leftover = b""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes of frames, at least one unless at the end.

        Raises:
            UpstreamError: The data ends within a frame, or a frame is none.
            TooLargeError: A frame needs too much memory.
        """
        while not self.leftover:
            more = self._source.read(max(size - _LONGEST_FIELD, _LONGEST_FIELD))
            if not more:
                return self._end()
            data = self._held + more
            known = self._follow(data)
            self._held = data[known:]
            if known:
                return data[:known]
        return b""

    def _end(self) -> bytes:
        begun = self._held[:4]
        if self._is_inside or self._skip or (begun and (MAGIC.startswith(begun) or _is_skippable(begun))):
            raise cut_off(self._source.what)
        self.leftover, self._held = self._held, b""
        return b""

    def _follow(self, data: bytes) -> int:
        """Return how many bytes of ``data`` are known to belong to frames."""
        at = self._skip
        while at < len(data):
            length = self._block(data, at) if self._is_inside else self._frame(data, at)
            if not length:
                self._skip = 0
                return at
            at += length
        self._skip = at - len(data)
        return len(data)

    def _frame(self, data: bytes, at: int) -> int:
        """Return the length of a frame's header, or of a whole frame to skip; 0 where there is none yet."""
        magic = data[at : at + 4]
        if len(magic) < 4:
            return 0
        if _is_skippable(magic):
            size = data[at + 4 : at + 8]
            return 8 + int.from_bytes(size, "little") if len(size) == 4 else 0
        if magic == MAGIC:
            return self._frame_header(data, at + 4)
        self.leftover = data[at:]
        return 0

    def _frame_header(self, data: bytes, at: int) -> int:
        if at >= len(data):
            return 0
        descriptor = data[at]
        is_single = bool(descriptor & 0x20)
        size_flag = descriptor >> 6
        before_size = 1 + (not is_single) + _DICTIONARY_BYTES[descriptor & 3]
        length = before_size + (1 << size_flag if size_flag or is_single else 0)
        if at + length > len(data):
            return 0
        size = int.from_bytes(data[at + before_size : at + length], "little")
        window = size if is_single else _window(data[at + 1])
        if window > self._window_bytes:
            raise too_much(
                self._source.what, f"needs more than {self._window_bytes >> 20} MiB of memory to be unpacked"
            )
        self._is_inside, self._has_checksum = True, bool(descriptor & 4)
        return 4 + length

    def _block(self, data: bytes, at: int) -> int:
        header = data[at : at + 3]
        if len(header) < 3:
            return 0
        value = int.from_bytes(header, "little")
        kind = value >> 1 & 3
        if kind == _RESERVED:
            raise damaged(self._source.what, "zstd")
        length = 3 + (1 if kind == _RLE else value >> 3)
        if value & 1:
            self._is_inside = False
            length += 4 * self._has_checksum
        return length


def _is_skippable(magic: bytes) -> bool:
    return magic[1:4] == b"\x2a\x4d\x18" and 0x50 <= magic[0] <= 0x5F


def _window(descriptor: int) -> int:
    base = 1 << 10 + (descriptor >> 3)
    return base + base // 8 * (descriptor & 7)
