"""Blobs as they arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType

#: Bytes at a time of what is at hand already.
_PIECE = 1 << 20


class BlobStream:
    """The stored bytes of a blob, or of a part of it, as they arrive; nothing of them is kept.

    ::

        async with await backend.open_blob("library/nginx", layer, start=4096) as stream:
            async for chunk in stream:
                ...

    Leave it by ``async with`` or :meth:`aclose`; leaving early ends the download at once. Its digest is not
    checked: whoever has read all of a blob can, and has to.

    Args:
        chunks: The bytes; where they are an asynchronous generator, it is closed with the stream.
        start: Which byte of the blob is the first of them.

    Attributes:
        start: Which byte of the blob comes first: what was asked for, or 0 where the registry knows no ranges.
    """

    def __init__(self, chunks: AsyncIterator[bytes], start: int = 0) -> None:
        self._chunks = chunks
        self.start = start
        self._received = 0

    @property
    def received(self) -> int:
        """Bytes that came so far, those passed over to take a broken line up again included."""
        return self._received

    @property
    def asked_as(self) -> str:
        """Under which identity; empty where nobody can tell, and what is learnt of it is nobody's to keep."""
        return ""

    @classmethod
    def of(cls, content: bytes, start: int = 0) -> BlobStream:
        """Return the stream of bytes that are at hand: of the blob, from byte ``start`` on."""
        return BlobStream(_pieces(content), start)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """Return the next bytes, at least one.

        Raises:
            UnreachableError: The line broke, again and again.
            UpstreamError: The blob is longer or shorter than its descriptor says.
        """
        chunk = await anext(self._chunks)
        self._received += len(chunk)
        return chunk

    async def aclose(self) -> None:
        """Let go of the connection; what is still to come does not."""
        close = getattr(self._chunks, "aclose", None)
        if close is not None:
            await close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(content), _PIECE):
        yield content[at : at + _PIECE]
