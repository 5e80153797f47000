"""A table of contents as a layer holds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from portcall.digest import matches
from portcall.errors import DigestMismatchError, PortcallError
from portcall.oci.layers.toc_rows import TocFault

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from portcall.oci.layers.readable import Readable

    #: Fetches bytes of the layer as stored, (start, length): exactly so many, or it raises.
    FetchRange = Callable[[int, int], Awaitable[bytes]]

#: Most bytes of a table of contents, as stored and as JSON. A row has some 300 bytes of JSON, so that this is
#: enough for 200,000 entries.
MOST_STORED, MOST_UNPACKED = 32 << 20, 64 << 20
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class StoredToc:
    """A table of contents that was fetched, and is still to be unpacked and checked.

    Args:
        layer: The layer's digest.
        stored: Its bytes.
        digest: What vouches for it, from the layer's descriptor.
        data_end: Where, in the layer as stored, the contents of files end.
        unpacked_size: Bytes of its JSON, where that is told beforehand.
        source: The format, as an index tells it.
        left_out: Paths of files that are there for the format's sake.
    """

    layer: str
    stored: bytes
    digest: str
    data_end: int
    unpacked_size: int | None
    source: Literal["estargz", "zstd:chunked"]
    left_out: frozenset[str]

    @property
    def what(self) -> str:
        """What it is, for error messages."""
        return f"the table of contents of layer {self.layer[:19]}"

    def check(self, content: bytes) -> None:
        """Let pass what the digest vouches for.

        Raises:
            DigestMismatchError: It is something else.
        """
        if not matches(self.digest, content):
            raise DigestMismatchError(
                f"{self.what} is not what the manifest says",
                hint="Nothing of it was used. The registry is broken or hostile, or the layer was packed anew and "
                "its annotations were kept; then its publisher has to push it anew.",
            )


def unpacked(stream: Readable, size: int) -> bytes:
    """Return ``size`` bytes of a stream, fewer where it ends before.

    Raises:
        TocFault: It cannot be unpacked.
    """
    found = bytearray()
    try:
        while len(found) < size and (data := stream.read(min(size - len(found), _PIECE))):
            found += data
    except PortcallError:
        raise TocFault("it cannot be unpacked") from None
    return bytes(found)
