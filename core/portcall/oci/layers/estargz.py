"""eStargz: where the table of contents is in a gzip layer.

Shape: containerd/stargz-snapshotter ``docs/estargz.md``.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from portcall.digest import is_digest
from portcall.oci.layers.readable import Source
from portcall.oci.layers.stored_toc import MOST_STORED, MOST_UNPACKED, StoredToc, unpacked
from portcall.oci.layers.toc_rows import TocFault

if TYPE_CHECKING:
    from portcall.oci.descriptor import Descriptor
    from portcall.oci.layers.stored_toc import FetchRange

#: Digest of the table of contents, unpacked.
DIGEST = "containerd.io/snapshot/stargz/toc.digest"

_TOC = "stargz.index.json"
#: Files that containers never see: the table itself, and what says which files to fetch ahead.
HOUSEKEEPING = frozenset({_TOC, ".prefetch.landmark", ".no.prefetch.landmark"})
#: The last member of the layer, which is empty and says where the table of contents begins; and the same as stargz
#: had it, before eStargz.
_FOOTER = re.compile(rb"\x1f\x8b\x08\x04.{6}\x1a\0SG\x16\0(?P<offset>[0-9a-f]{16})STARGZ.{13}\Z", re.DOTALL)
_LEGACY_FOOTER = re.compile(rb"\x1f\x8b\x08\x04.{6}\x16\0(?P<offset>[0-9a-f]{16})STARGZ.{13}\Z", re.DOTALL)
_FOOTER_SIZE = 51
#: What is fetched first. The footer has 51 bytes; with a few more, a small layer's table is there at once.
_TAIL = 4096
_BLOCK = 512


async def fetch_estargz(descriptor: Descriptor, fetch: FetchRange) -> StoredToc | None:
    """Return a layer's table of contents; ``None`` where it has none, or none that a digest vouches for."""
    digest = descriptor.annotations.get(DIGEST, "")
    if not is_digest(digest) or descriptor.size <= _FOOTER_SIZE:
        return None
    tail_start = max(descriptor.size - _TAIL, 0)
    tail = await fetch(tail_start, descriptor.size - tail_start)
    found = _FOOTER.search(tail[-_FOOTER_SIZE:]) or _LEGACY_FOOTER.search(tail[-_FOOTER_SIZE:])
    if found is None:
        return None
    start, end = int(found["offset"], 16), descriptor.size - (found.end() - found.start())
    if not 0 < end - start <= MOST_STORED:
        return None
    head = await fetch(start, tail_start - start) if start < tail_start else b""
    stored = head + tail[max(start - tail_start, 0) : end - tail_start]
    return StoredToc(descriptor.digest, stored, digest, start, None, "estargz", HOUSEKEEPING)


def unpack_estargz(toc: StoredToc) -> bytes:
    """Return the JSON of a table of contents: the only file of an archive.

    Raises:
        DigestMismatchError: It is not what the manifest vouches for.
        TocFault: There is none.
    """
    # zlib-ng is loaded by those who unpack something.
    from portcall.oci.layers.gzip_stream import GzipStream

    stream = GzipStream(Source(io.BytesIO(toc.stored), toc.what))
    header = unpacked(stream, _BLOCK)
    size = _size(header)
    content = unpacked(stream, size)
    toc.check(content)
    return content


def _size(header: bytes) -> int:
    """Return the size of the file that a header is about, which has to be the table of contents."""
    name, digits = header[:100].rstrip(b"\0"), header[124:136].strip(b" \0")
    if name != _TOC.encode() or not digits.isdigit() or not digits.isascii():
        raise TocFault("it is no archive of a table of contents")
    try:
        size = int(digits, 8)
    except ValueError:
        size = MOST_UNPACKED + 1
    if size > MOST_UNPACKED:
        raise TocFault("it is too large")
    return size
