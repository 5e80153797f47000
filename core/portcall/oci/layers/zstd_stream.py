"""zstd, unpacked as it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zstandard

from portcall.oci.layers.faults import damaged
from portcall.oci.layers.readable import READ_SIZE
from portcall.oci.layers.zstd_frames import ZstdFrames

if TYPE_CHECKING:
    from portcall.oci.layers.readable import Source


class ZstdStream:
    """All frames of zstd data, one after the other, those to be skipped skipped.

    Args:
        source: What is stored.
        window_bytes: Most memory that a frame may need.
    """

    def __init__(self, source: Source, window_bytes: int) -> None:
        self._what = source.what
        self._frames = ZstdFrames(source, window_bytes)
        decompressor = zstandard.ZstdDecompressor(max_window_size=window_bytes)
        self._reader = decompressor.stream_reader(
            self._frames,  # type: ignore[arg-type]  # read() is all that is called
            read_size=READ_SIZE,
            read_across_frames=True,
        )

    @property
    def leftover(self) -> bytes:
        """What was read and is no part of any frame, once the end is reached."""
        return self._frames.leftover

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, at least one unless at the end.

        Raises:
            UpstreamError: The data is damaged, or ends within a frame.
            TooLargeError: A frame needs too much memory.
        """
        try:
            return self._reader.read(size)
        except zstandard.ZstdError:
            raise damaged(self._what, "zstd") from None
