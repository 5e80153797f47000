"""A blob from the wire, taken up again where the line broke."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from portcall.deadline import remaining
from portcall.errors import UpstreamError
from portcall.http.inflated import CODINGS, Inflated
from portcall.http.retry import BrokenConnectionError, pause_after
from portcall.http.span import Span, told_span
from portcall.http.stream import BlobStream
from portcall.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from portcall.http.open_reply import OpenBody, OpenReply

#: How often one stream is taken up again.
MOST_RESUMES = 3

_log = get_logger("portcall.http")


class ResumedStream(BlobStream):
    """A blob, or a part of it, whose line may break now and then.

    Args:
        ask: Asks for a part of it, once more each time: as often as that takes, by way of the registry. May be
            answered with the whole.
        registry: Whom it asks.
        size: Bytes of the whole blob, as its descriptor says.
        wanted: Which of them are wanted.
    """

    def __init__(
        self, ask: Callable[[Span], Awaitable[OpenReply]], registry: str, size: int, wanted: Span
    ) -> None:
        self._ask = ask
        self._registry = registry
        self._size = size
        self._wanted = wanted
        self._stop = wanted.stop(size)
        self._resumes = 0
        self._is_coded = False
        self._body: OpenBody | Inflated | None = None
        #: Where the body at hand has come to, and where it has to end.
        self._at = self._end = 0
        self._received = 0
        self._asked_as = ""
        self.start = self._next = 0

    @property
    def asked_as(self) -> str:
        """Under which identity, if that was the same all along."""
        return self._asked_as

    async def open(self) -> ResumedStream:
        """Ask for it; nothing of its body is read.

        Raises:
            PortcallError: It was refused, or the answer is not the blob that was asked for.
        """
        reply = await self._begin(self._wanted)
        self._asked_as = reply.asked_as
        self.start = self._next = self._at
        return self

    async def __anext__(self) -> bytes:
        """Return the next bytes; see :class:`BlobStream`."""
        while self._body is not None and self._next < self._stop:
            try:
                chunk = await anext(self._body)
            except BrokenConnectionError as error:
                await self._resume(error)
            except StopAsyncIteration:
                raise self._other_size(self._at, "ends after") from None
            else:
                if given := self._taken(chunk):
                    return given
        await self._finish()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Let go of the connection, in the middle of the body too."""
        body, self._body = self._body, None
        if body is not None:
            await body.aclose()

    def _taken(self, chunk: bytes) -> bytes:
        """Return what of a chunk was not given before, and is wanted."""
        before = self._at
        self._at += len(chunk)
        self._received += len(chunk)
        if self._at > self._end:
            raise self._other_size(self._at, "goes on after")
        given = chunk[max(self._next - before, 0) : self._stop - before]
        self._next += len(given)
        return given

    async def _finish(self) -> None:
        """Let go at the end; of a body that has to end here, see that it does."""
        body = self._body
        if body is not None and self._at == self._end:
            try:
                if await anext(body, b""):
                    raise self._other_size(self._at, "goes on after")
            except BrokenConnectionError:
                pass  # all that was wanted is here
        await self.aclose()

    async def _resume(self, broken: BrokenConnectionError) -> None:
        self._resumes += 1
        pause = pause_after(self._resumes)
        if self._resumes > MOST_RESUMES or pause >= remaining():
            raise broken
        await self.aclose()
        _log.debug("blob_resumed", registry=self._registry, at=self._next, of=self._size)
        await asyncio.sleep(pause)
        # A range of what was coded on its way is none of the blob.
        rest = Span() if self._is_coded else Span(self._next, self._stop - self._next)
        reply = await self._begin(rest)
        if reply.asked_as != self._asked_as:
            self._asked_as = ""

    async def _begin(self, span: Span) -> OpenReply:
        reply = await self._ask(span)
        try:
            self._body = self._placed(reply, span)
        except BaseException:
            await reply.content.aclose()
            raise
        return reply

    def _placed(self, reply: OpenReply, span: Span) -> OpenBody | Inflated:
        """Return the body of a reply, once it is known which bytes of the blob it holds."""
        if reply.status == 206:
            return self._part(reply, Span(span.start, span.stop(self._size) - span.start))
        coding = reply.headers.get("content-encoding", "").strip().lower()
        length = _length(reply)
        self._at, self._end = 0, self._size
        if coding in {"", "identity"} or length == self._size:
            # Storage that calls a layer's own gzip a coding says its true size.
            if length not in {None, self._size}:
                raise self._other_size(length or 0, "has")
            return reply.content
        if coding not in CODINGS:
            raise self._coded()
        self._is_coded = True
        return Inflated(reply.content, self._registry)

    def _part(self, reply: OpenReply, asked: Span) -> OpenBody:
        told = told_span(reply.headers.get("content-range", ""))
        if told is None or told[0] != asked or told[1] not in {None, self._size}:
            raise UpstreamError(
                f"{self._registry} sent another part of a blob than was asked for",
                hint="Nothing of it was used. The registry, or something before it, is broken.",
                registry=self._registry,
            )
        if reply.headers.get("content-encoding", "").strip().lower() not in {"", "identity"} and told[1] is None:
            raise self._coded()
        self._at, self._end = asked.start, asked.stop(self._size)
        return reply.content

    def _coded(self) -> UpstreamError:
        return UpstreamError(
            f"{self._registry} sent a part of a blob, or all of it, in a coding that was not asked for",
            hint="Nothing of it was used. The registry, or something before it, is broken.",
            registry=self._registry,
        )

    def _other_size(self, size: int, verb: str) -> UpstreamError:
        return UpstreamError(
            f"a blob of {self._registry} {verb} {size:,} bytes, where the manifest says {self._size:,}",
            hint="The registry, or something before it, is broken or hostile; try again later.",
            registry=self._registry,
        )


def _length(reply: OpenReply) -> int | None:
    told = reply.headers.get("content-length", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) <= 20 else None
