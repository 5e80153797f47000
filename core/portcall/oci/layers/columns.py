"""Rows as columns of bytes: quick to write and to read, and small once packed."""

from __future__ import annotations

import struct
import zlib
from hashlib import sha256
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CHECK_BYTES, _DIGEST_BYTES = 16, 32
#: The quickest: half of what is packed are digests, which no level makes smaller.
_LEVEL = 1


class ColumnWriter:
    """Gathers columns, in the order in which they are to be read."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def data(self, data: bytes) -> None:
        """Add bytes as they are."""
        self._parts += (struct.pack("<Q", len(data)), data)

    def integers(self, values: Sequence[int]) -> None:
        """Add whole numbers.

        Raises:
            ValueError: One needs more than 64 bits.
        """
        try:
            self.data(struct.pack(f"<{len(values)}q", *values))
        except struct.error:
            raise ValueError("a number is too large") from None

    def texts(self, values: Sequence[str | None]) -> None:
        """Add texts of any characters, half pairs of surrogates included, or none."""
        self.integers([-1 if value is None else len(value) for value in values])
        self.data("".join(filter(None, values)).encode("utf-8", "surrogatepass"))

    def digests(self, values: Sequence[bytes | None]) -> None:
        """Add digests, or none.

        Raises:
            ValueError: One is no SHA-256.
        """
        if not {len(value) for value in values if value is not None} <= {_DIGEST_BYTES}:
            raise ValueError("a digest is no SHA-256")
        self.data(bytes(value is not None for value in values))
        self.data(b"".join(filter(None, values)))

    def finish(self) -> bytes:
        """Return all of them."""
        packed = zlib.compress(b"".join(self._parts), _LEVEL)
        return sha256(packed).digest()[:_CHECK_BYTES] + packed


class ColumnReader:
    """Reads columns, in the order in which they were written; everything is checked.

    Args:
        packed: What :meth:`ColumnWriter.finish` has returned.
        largest: Most bytes that it may unpack to.

    Raises:
        ValueError: It is something else, as the methods' columns may be, too.
    """

    def __init__(self, packed: bytes, largest: int) -> None:
        check, body = packed[:_CHECK_BYTES], packed[_CHECK_BYTES:]
        if sha256(body).digest()[:_CHECK_BYTES] != check:
            raise ValueError("the columns are damaged")
        unpacker = zlib.decompressobj()
        try:
            self._body = unpacker.decompress(body, largest)
        except zlib.error:
            raise ValueError("the columns are damaged") from None
        if not unpacker.eof or unpacker.unused_data:
            raise ValueError("the columns are cut off, or too large")
        self._at = 0

    def data(self, count: int | None = None) -> bytes:
        """Return bytes as they were added, and where a number is given exactly so many."""
        start = self._at + 8
        size = int.from_bytes(self._body[self._at : start], "little")
        if start + size > len(self._body) or count not in {None, size}:
            raise ValueError("a column has another length")
        self._at = start + size
        return self._body[start : self._at]

    def integers(self, count: int) -> tuple[int, ...]:
        """Return so many whole numbers."""
        return struct.unpack(f"<{count}q", self.data(8 * count))

    def texts(self, count: int) -> list[str | None]:
        """Return so many texts, or none."""
        lengths = self.integers(count)
        text = self.data().decode("utf-8", "surrogatepass")
        if min(lengths, default=0) < -1:
            raise ValueError("a text is shorter than nothing")
        ends = list(accumulate((max(length, 0) for length in lengths), initial=0))
        if ends[-1] != len(text):
            raise ValueError("texts are not as long as they say")
        return _cut(text, lengths, ends)

    def digests(self, count: int) -> list[bytes | None]:
        """Return so many digests, or none."""
        present = self.data(count)
        digests = self.data(_DIGEST_BYTES * present.count(1))
        if present.count(1) + present.count(0) != count:
            raise ValueError("a digest is neither there nor not")
        starts = iter(range(0, len(digests), _DIGEST_BYTES))
        return [digests[(at := next(starts)) : at + _DIGEST_BYTES] if there else None for there in present]

    def finish(self) -> None:
        """Let pass what was read to its end."""
        if self._at != len(self._body):
            raise ValueError("there are more columns")


def _cut(text: str, lengths: Iterable[int], ends: list[int]) -> list[str | None]:
    return [
        None if length < 0 else text[start:end]
        for length, (start, end) in zip(lengths, pairwise(ends), strict=True)
    ]
