"""A ``Content-Encoding`` that nobody asked for, undone as the body arrives."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Self

from portcall.errors import UpstreamError

if TYPE_CHECKING:
    from portcall.http.open_reply import OpenBody

#: The codings that are undone; registry.access.redhat.com applies one to all blobs (quay#1310).
CODINGS = frozenset({"gzip", "x-gzip"})
#: Most that one piece swells to, however tightly it is packed.
_PIECE = 256 * 1024


class Inflated:
    """A body in gzip's coding, unpacked piece by piece: how much of it is read, whoever reads decides.

    Args:
        body: As it comes.
        registry: Whose answer it is.
    """

    def __init__(self, body: OpenBody, registry: str) -> None:
        self._body = body
        self._registry = registry
        self._inflater = zlib.decompressobj(wbits=31)
        self._packed = b""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """Return at most :data:`_PIECE` bytes, unpacked.

        Raises:
            BrokenConnectionError: The line broke.
            UpstreamError: It is no gzip, or not to its end.
        """
        while True:
            if not self._packed:
                self._packed = await self._more()
            piece = self._unpack()
            if piece:
                return piece

    async def aclose(self) -> None:
        """Let go of the body."""
        await self._body.aclose()

    async def _more(self) -> bytes:
        try:
            return await anext(self._body)
        except StopAsyncIteration:
            if not self._inflater.eof:
                raise self._broken() from None
            raise

    def _unpack(self) -> bytes:
        if self._inflater.eof:
            raise self._broken()
        try:
            piece = self._inflater.decompress(self._packed, _PIECE)
        except zlib.error:
            raise self._broken() from None
        self._packed = self._inflater.unconsumed_tail or self._inflater.unused_data
        return piece

    def _broken(self) -> UpstreamError:
        return UpstreamError(
            f"a blob of {self._registry} claims to be gzip on its way, and is not",
            hint="The registry, or something before it, is broken; try again later.",
            registry=self._registry,
        )
