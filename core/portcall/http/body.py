"""Reading bodies: never more than a ceiling, whatever the other side declares or sends."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from portcall.errors import TooLargeError, UpstreamError

if TYPE_CHECKING:
    import httpx


async def read_body(response: httpx.Response, max_bytes: int, what: str) -> bytes:
    """Return the raw body.

    Raises:
        TooLargeError: It is over ``max_bytes``; nothing past the ceiling was read.
    """
    declared = response.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > max_bytes:
        raise _too_large(what, max_bytes)
    chunks: list[bytes] = []
    held = 0
    async for chunk in response.aiter_raw():
        held += len(chunk)
        if held > max_bytes:
            raise _too_large(what, max_bytes)
        chunks.append(chunk)
    return b"".join(chunks)


def decoded(body: bytes, encoding: str, max_bytes: int, what: str) -> bytes:
    """Undo a ``Content-Encoding`` that nobody asked for, as some CDNs apply it to everything.

    Raises:
        TooLargeError: It swells past ``max_bytes``.
        UpstreamError: The coding is unknown, or the bytes are not what it says.
    """
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip"}:
        raise UpstreamError(f"{what} came in the coding {encoding[:20]!r}, which was not asked for")
    inflater = zlib.decompressobj(wbits=31)
    try:
        plain = inflater.decompress(body, max_bytes + 1)
    except zlib.error:
        raise UpstreamError(f"{what} claims to be gzip and is not") from None
    if len(plain) > max_bytes:
        raise _too_large(what, max_bytes)
    return plain


def _too_large(what: str, max_bytes: int) -> TooLargeError:
    return TooLargeError(
        f"{what} is over {max_bytes:,} bytes", hint="No real image needs as much; nothing was kept."
    )
