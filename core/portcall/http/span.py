"""Spans: which bytes of a blob are asked for, and which ones the answer says that it holds."""

from __future__ import annotations

import re
from dataclasses import dataclass

from portcall.errors import InvalidArgumentError

#: Source: RFC 9110, "Content-Range". The total may be left open.
_TOLD = re.compile(r"bytes ([0-9]{1,19})-([0-9]{1,19})/([0-9]{1,19}|\*)\Z")


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a blob as stored, or the whole of it.

    Args:
        start: Its first byte, from 0.
        length: Bytes; ``None`` for the whole, which then begins at 0.
    """

    start: int = 0
    length: int | None = None

    @classmethod
    def within(cls, size: int, start: int, length: int | None) -> Span:
        """Return the part of ``length`` bytes, or all the rest, of a blob of ``size``; the whole as such.

        Raises:
            InvalidArgumentError: The blob has no such part.
        """
        rest = size - start
        wanted = rest if length is None else length
        if start < 0 or not 0 <= wanted <= rest:
            raise InvalidArgumentError(
                "a part is asked for that the blob does not have", hint=f"Ask within its {size:,} bytes."
            )
        return cls() if wanted == size else cls(start, wanted)

    @property
    def header(self) -> str | None:
        """The ``Range`` header that asks for it; ``None`` for the whole, which needs none."""
        return None if self.length is None else f"bytes={self.start}-{self.start + self.length - 1}"

    def stop(self, size: int) -> int:
        """Return the byte after its last one, in a blob of ``size`` bytes."""
        return size if self.length is None else self.start + self.length


def told_span(header: str) -> tuple[Span, int | None] | None:
    """Return what a ``Content-Range`` says: the part, and the size of it all if told; ``None`` for no sense."""
    found = _TOLD.match(header.strip().lower())
    if found is None:
        return None
    first, last = int(found[1]), int(found[2])
    total = None if found[3] == "*" else int(found[3])
    return (Span(first, last - first + 1), total) if first <= last else None
