"""gzip, unpacked as it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zlib_ng import zlib_ng

from portcall.oci.layers.faults import cut_off, damaged
from portcall.oci.layers.readable import READ_SIZE

if TYPE_CHECKING:
    from portcall.oci.layers.checkpoints import Checkpoints
    from portcall.oci.layers.readable import Source

MAGIC = b"\x1f\x8b"
#: The largest window, and a gzip header before it.
_WINDOW_BITS = 31


class GzipStream:
    """All members of a gzip file, one after the other, zeros between and after them ignored.

    Args:
        source: What is stored.
        member: The decompressor to go on with, amid a member; ``None`` to begin with a new one.
        checkpoints: Where to note places to go on from later.
    """

    def __init__(self, source: Source, *, member: Any = None, checkpoints: Checkpoints | None = None) -> None:
        self._source = source
        self._member = member
        self._checkpoints = checkpoints
        self._pending = b""
        self._produced = 0
        #: What was read and is no part of any member, once the end is reached.
        self.leftover = b""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, at least one unless at the end.

        Raises:
            UpstreamError: The data is damaged, or ends within a member.
        """
        while self._member is not None or self._begin_member():
            data = self._inflate(size)
            if data:
                self._produced += len(data)
                return data
        return b""

    def _begin_member(self) -> bool:
        if self.leftover:
            return False
        while True:
            self._pending = self._pending.lstrip(b"\0")
            if len(self._pending) >= len(MAGIC) or (self._pending and not MAGIC.startswith(self._pending)):
                break
            more = self._source.read(READ_SIZE)
            if not more:
                break
            self._pending += more
        if self._pending == MAGIC[:1]:
            raise cut_off(self._source.what)
        if not self._pending.startswith(MAGIC):
            self.leftover, self._pending = self._pending, b""
            return False
        self._member = zlib_ng.decompressobj(_WINDOW_BITS)
        return True

    def _inflate(self, size: int) -> bytes:
        if not self._pending:
            self._take_more()
        try:
            data: bytes = self._member.decompress(self._pending, size)
        except zlib_ng.error:  # type: ignore[misc]  # its stub has an instance for a class
            raise damaged(self._source.what, "gzip") from None
        if self._member.eof:
            self._pending, self._member = self._member.unused_data, None
        else:
            self._pending = self._member.unconsumed_tail
        return data

    def _take_more(self) -> None:
        # Here the decompressor has all input that was taken, and all output that was not yet given.
        if self._checkpoints is not None and self._checkpoints.is_due(self._produced):
            self._checkpoints.add(self._source.taken, self._produced, self._member.copy())
        self._pending = self._source.read(READ_SIZE)
        if not self._pending:
            raise cut_off(self._source.what)
