"""Quirks of bodies: wrong, huge, cut off, packed."""

# ruff: noqa: D102 - what a quirk does, its class says.

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from portcall.testing.quirk import Context, Quirk, is_good
from portcall.testing.wire import error_reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.testing.wire import Kind, Reply, Request

_MEBIBYTE = 1 << 20
_CONTENT: frozenset[Kind] = frozenset({"manifest", "blob", "referrers"})


@dataclass(frozen=True)
class FlippedBit(Quirk):
    """One bit of the content is wrong, so that its digest is not the one asked for.

    What broken storage does, and what a hostile registry does.
    """

    offset: int | None = None  #: Byte to spoil; ``None``: the middle one.

    kinds: ClassVar[frozenset[Kind] | None] = _CONTENT

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if request.method == "HEAD" or not is_good(reply) or not reply.body:
            return reply
        body = bytearray(reply.body)
        body[len(body) // 2 if self.offset is None else self.offset] ^= 1
        return reply.with_body(bytes(body))


@dataclass(frozen=True)
class Garbage(Quirk):
    """A success whose body is no JSON, under its usual headers.

    What a broken proxy makes of an answer.
    """

    body: bytes = b'{"schemaVersion": 2, "manif'

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        return reply.with_body(self.body) if is_good(reply) and request.method != "HEAD" else reply


@dataclass(frozen=True)
class HtmlPage(Quirk):
    """An HTML page with a good status.

    Seen: ghcr.io's referrers, after its redirect (artifacthub/hub#4785); Cloudflare's challenge in front of
    Docker Hub (with status 403).
    """

    status: int = 200
    title: str = "Sign in"

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        page = f"<!doctype html><html><head><title>{self.title}</title></head><body></body></html>"
        spoiled = replace(reply, status=self.status, headers={})
        return spoiled.with_body(page.encode(), "text/html; charset=utf-8")


@dataclass(frozen=True)
class HugeBody(Quirk):
    """A body of many mebibytes, made while it is sent.

    Seen: as attacks, CVE-2024-29902 (cosign) and its kin.
    """

    mebibytes: int = 64
    announced: bool = True  #: With Content-Length; chunked otherwise.

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if not is_good(reply):
            return reply
        return reply.delivered(
            pieces=lambda: _spaces(self.mebibytes),
            length=self.mebibytes * _MEBIBYTE,
            announced=self.announced,
        )


@dataclass(frozen=True)
class CutBody(Quirk):
    """The connection closes before the announced end of the body.

    What a flaky line does; a client may resume with a Range.
    """

    after: int = 10  #: Bytes that still arrive.

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if request.method == "HEAD" or not is_good(reply) or len(reply.body) <= self.after:
            return reply
        return reply.delivered(cut_after=self.after)


@dataclass(frozen=True)
class GzipEncoding(Quirk):
    """Content is packed once more, as ``Content-Encoding: gzip``, whatever the client accepts.

    Seen: registry.access.redhat.com (quay#1310); moby#17595 saw ``x-gzip``.
    """

    encoding: str = "gzip"

    kinds: ClassVar[frozenset[Kind] | None] = _CONTENT

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if reply.status != 200:
            return reply
        packed = gzip.compress(reply.body, 6, mtime=0)
        return reply.with_body(packed).with_headers({"Content-Encoding": self.encoding})


@dataclass(frozen=True)
class GzipBomb(Quirk):
    """A small body that a client which decodes ``Content-Encoding`` inflates without end.

    Seen: as an attack; httpx inflates silently.
    """

    mebibytes: int = 64

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if reply.status != 200:
            return reply
        # One member: decoders stop after the first.
        packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
        packed = b"".join(packer.compress(piece) for piece in _spaces(self.mebibytes))
        return reply.with_body(packed + packer.flush()).with_headers({"Content-Encoding": "gzip"})


@dataclass(frozen=True)
class RangeIgnored(Quirk):
    """``Range`` is not understood: the whole blob, 200.

    Seen: go-containerregistry's registry.
    """

    kinds: ClassVar[frozenset[Kind] | None] = frozenset({"blob"})

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        content = context.store.blob(request.reference)
        if reply.status not in {206, 416} or content is None:
            return reply
        headers = {"Content-Range": None, "Accept-Ranges": None, "Content-Type": "application/octet-stream"}
        return replace(reply, status=200, code=None).with_body(content).with_headers(headers)


@dataclass(frozen=True)
class RangeRefused(Quirk):
    """Whoever asks for a part of a blob is refused, though the blob has it."""

    status: int = 416

    kinds: ClassVar[frozenset[Kind] | None] = frozenset({"blob"})

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        return error_reply(self.status, "RANGE_INVALID", "no ranges here") if reply.status == 206 else reply


@dataclass(frozen=True)
class RangeMisplaced(Quirk):
    """206 with a part that was not asked for, and a ``Content-Range`` that says so.

    A client has to compare: docker-registry 2.8.2 sends broken replies to ranges past the end.
    """

    kinds: ClassVar[frozenset[Kind] | None] = frozenset({"blob"})

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        content = context.store.blob(request.reference)
        if reply.status != 206 or content is None:
            return reply
        part = content[: len(reply.body)]
        where = f"bytes 0-{len(part) - 1}/{len(content)}"
        return reply.with_body(part).with_headers({"Content-Range": where})


def _spaces(mebibytes: int) -> Iterator[bytes]:
    piece = b" " * _MEBIBYTE
    for _ in range(mebibytes):
        yield piece
