"""Bytes of a layer, as they are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

#: Stored bytes asked for at once: enough to keep the decompressor busy, little to hold or to copy.
READ_SIZE = 1 << 16


class Readable(Protocol):
    """What a layer is read from, in the thread that scans it.

    It may also have a method ``check() -> None``. That is called for every block of output, far more often than
    ``read`` where little input unpacks to much, and raises where the scan is to be given up: because whoever
    asked has gone, or the time is over. It must be cheap.
    """

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, at least one unless at the end, where it is ``b""``; blocks.

        Whatever it raises ends the scan, and is what the scan raises.
        """
        ...


class Source:
    """A readable that counts what is taken from it, and can be looked into before.

    Args:
        raw: The bytes as stored.
        what: What they are, for error messages: ``"layer sha256:0123456789ab"``.
    """

    __slots__ = ("_head", "_raw", "check", "taken", "what")

    def __init__(self, raw: Readable, what: str) -> None:
        self._raw = raw
        self._head = b""
        self.what = what
        #: Bytes taken so far.
        self.taken = 0
        #: Raises where the scan is to be given up.
        self.check: Callable[[], None] = getattr(raw, "check", _go_on)

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, at least one unless at the end."""
        if self._head:
            data, self._head = self._head[:size], self._head[size:]
            return data
        data = self._raw.read(size)
        self.taken += len(data)
        return data

    def peek(self, size: int) -> bytes:
        """Return the next ``size`` bytes, fewer at the end, which :meth:`read` returns again."""
        while len(self._head) < size:
            data = self._raw.read(size - len(self._head))
            if not data:
                break
            self.taken += len(data)
            self._head += data
        return self._head


def _go_on() -> None:
    """Take no heed of anything: the readable has nothing to check."""
