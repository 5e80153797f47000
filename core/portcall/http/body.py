"""Reading bodies: never more than a ceiling, whatever the other side declares or sends."""

from __future__ import annotations

import zlib
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from portcall.errors import TooLargeError, UpstreamError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from contextlib import AbstractAsyncContextManager

    import httpx


async def read_body(response: httpx.Response, max_bytes: int, what: str) -> bytes:
    """Return the raw body.

    Raises:
        TooLargeError: It is over ``max_bytes``; nothing past the ceiling was read.
    """
    if (declared_length(response) or 0) > max_bytes:
        raise _too_large(what, max_bytes)
    chunks: list[bytes] = []
    held = 0
    async with _received(response) as received:
        async for chunk in received:
            held += len(chunk)
            if held > max_bytes:
                raise _too_large(what, max_bytes)
            chunks.append(chunk)
    return b"".join(chunks)


async def read_start(response: httpx.Response, max_bytes: int) -> bytes:
    """Return as much of a refusal's body as arrives, up to ``max_bytes``: its status is what counts."""
    import httpx  # late: whoever gets here has loaded it

    body = b""
    try:
        async with _received(response) as received:
            async for chunk in received:
                body += chunk[: max_bytes - len(body)]
                if len(body) >= max_bytes:
                    break
    except httpx.TransportError:
        pass
    return body


def declared_length(response: httpx.Response) -> int | None:
    """Return what ``Content-Length`` says, in bytes, or ``None`` where it says nothing sensible."""
    declared = response.headers.get("content-length", "")
    return int(declared) if declared.isascii() and declared.isdigit() and len(declared) <= 20 else None


def decoded(body: bytes, encoding: str, max_bytes: int, what: str) -> bytes:
    """Undo a ``Content-Encoding`` that nobody asked for, as some CDNs apply it to everything.

    Raises:
        TooLargeError: It swells past ``max_bytes``.
        UpstreamError: The coding is unknown, or the bytes are not what it says.
    """
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip"}:
        raise UpstreamError(f"{what} came in a coding that was not asked for", hint="Try again later.")
    inflater = zlib.decompressobj(wbits=31)
    try:
        plain = inflater.decompress(body, max_bytes + 1)
    except zlib.error:
        plain = b""
    if len(plain) > max_bytes:
        raise _too_large(what, max_bytes)
    if not inflater.eof or inflater.unused_data:
        raise UpstreamError(f"{what} claims to be gzip and is not", hint="Try again later.")
    return plain


def _received(response: httpx.Response) -> AbstractAsyncContextManager[AsyncGenerator[bytes, None]]:
    """Return the chunks as they arrive; leaving early lets go of them at once, not when memory is tidied."""
    return aclosing(cast("AsyncGenerator[bytes, None]", response.aiter_raw()))


def _too_large(what: str, max_bytes: int) -> TooLargeError:
    return TooLargeError(
        f"{what} is over {max_bytes:,} bytes", hint="No real image needs as much; nothing was kept."
    )
