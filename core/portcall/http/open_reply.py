"""A reply whose body is still to come: it is read as it arrives, and no further than somebody reads."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from portcall.call import call_at_hand
from portcall.http.faults import translated_faults
from portcall.http.reply import Reply
from portcall.http.retry import BrokenConnectionError

if TYPE_CHECKING:
    import httpx

    from portcall.http.origin import Origin

#: Seconds of silence after which a line counts as broken: it may be one that nobody has told of its end.
SILENCE = 30.0


class OpenBody:
    """The body of one response, raw; leaving it early drops the connection at once.

    Args:
        stream: The response's.
        registry: Whose answer it is.
        origin: Where it comes from.
    """

    def __init__(self, stream: httpx.AsyncByteStream, registry: str, origin: Origin) -> None:
        self._stream = stream
        self._chunks = aiter(stream)
        self._registry = registry
        self._origin = origin

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """Return what came.

        Raises:
            BrokenConnectionError: The line broke, or fell silent.
        """
        with translated_faults(self._registry, self._origin):
            try:
                async with asyncio.timeout(SILENCE):
                    chunk = await anext(self._chunks)
            except TimeoutError as error:
                raise BrokenConnectionError(
                    f"nothing came from {self._origin.netloc} for {SILENCE:g} seconds",
                    hint="The registry may be down; try again later.",
                    registry=self._registry,
                ) from error
        call_at_hand().received += len(chunk)
        return chunk

    async def aclose(self) -> None:
        """Let go: of a body that was read to its end, the connection can be used again."""
        await self._stream.aclose()


@dataclass(frozen=True, slots=True)
class OpenReply(Reply):
    """A success whose body was not read; whoever holds it has to close :attr:`content`."""

    content: OpenBody = field(kw_only=True, compare=False, repr=False)
