"""An archive, taken piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.oci.layers.faults import cut_off

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.oci.layers.decompress import Archive

#: Archive bytes asked for at once.
_READ = 1 << 18


class Blocks:
    """A place in an archive, that moves on as bytes are taken.

    Args:
        archive: What is read; never more than one piece of it is held.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._buffer = b""
        self._at = 0
        #: Where the buffer begins in the archive.
        self._base = 0

    @property
    def what(self) -> str:
        """What is read, for error messages."""
        return self._archive.what

    @property
    def offset(self) -> int:
        """Where the next byte is in the archive."""
        return self._base + self._at

    def take(self, count: int, *, or_end: bool = False) -> bytes:
        """Return the next bytes, exactly so many.

        Args:
            count: How many; they are held together.
            or_end: Whether the archive may end exactly here instead, which is told as ``b""``.

        Raises:
            UpstreamError: It ends before.
        """
        end = self._at + count
        if end > len(self._buffer):
            self._fill(count)
            end = count
            if end > len(self._buffer):
                if or_end and not self._buffer:
                    return b""
                raise cut_off(self.what)
        data = self._buffer[self._at : end]
        self._at = end
        return data

    def pieces(self, count: int) -> Iterator[bytes]:
        """Yield the next bytes, exactly so many, in pieces.

        Raises:
            UpstreamError: The archive ends before.
        """
        while count:
            if self._at == len(self._buffer):
                self._next()
                if not self._buffer:
                    raise cut_off(self.what)
            data = self._buffer[self._at : self._at + count]
            self._at += len(data)
            count -= len(data)
            yield data

    def skip(self, count: int) -> None:
        """Let the next bytes go by, exactly so many.

        Raises:
            UpstreamError: The archive ends before.
        """
        if self._at + count <= len(self._buffer):
            self._at += count
        else:
            for _ in self.pieces(count):
                pass

    def rest(self) -> int:
        """Let all the rest go by; return how many bytes, zeros before them left out."""
        junk = 0
        while True:
            data = self._buffer[self._at :]
            junk += len(data if junk else data.lstrip(b"\0"))
            self._next()
            if not self._buffer:
                return junk

    def _next(self) -> None:
        self._base += len(self._buffer)
        self._buffer, self._at = self._archive.read(_READ), 0

    def _fill(self, count: int) -> None:
        """Hold at least so many bytes from here on, fewer at the end."""
        held = [self._buffer[self._at :]]
        missing = count - len(held[0])
        self._base += self._at
        while missing > 0 and (data := self._archive.read(_READ)):
            held.append(data)
            missing -= len(data)
        self._buffer, self._at = b"".join(held), 0
