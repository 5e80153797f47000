"""zstd:chunked: where the table of contents is in a zstd layer.

Shape: containers/storage ``pkg/chunked/internal/minimal``.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from portcall.digest import is_digest
from portcall.oci.layers.estargz import HOUSEKEEPING
from portcall.oci.layers.readable import Source
from portcall.oci.layers.stored_toc import MOST_STORED, MOST_UNPACKED, StoredToc, unpacked
from portcall.oci.layers.toc_rows import TocFault

if TYPE_CHECKING:
    from portcall.oci.descriptor import Descriptor
    from portcall.oci.layers.bounds import Bounds
    from portcall.oci.layers.stored_toc import FetchRange

#: Where the table of contents is, and the digest of it as stored.
_POSITION, _DIGEST = "zstd-chunked.manifest-position", "zstd-chunked.manifest-checksum"
#: What the annotations begin with: as containers/storage writes them, and as stargz-snapshotter does, which took
#: them from the first draft and adds its own files to the layer.
_PREFIXES = {"io.github.containers": frozenset[str](), "io.containers": HOUSEKEEPING}
#: Offset, stored length, length unpacked, and the type of which there is but one.
_PLACE = re.compile(r"([0-9]{1,18}):([0-9]{1,18}):([0-9]{1,18}):1\Z", re.ASCII)
#: Before the table there is the header of the frame that it is in.
_FRAME_HEADER = 8


async def fetch_zstd_chunked(descriptor: Descriptor, fetch: FetchRange) -> StoredToc | None:
    """Return a layer's table of contents; ``None`` where it has none, or none that a digest vouches for."""
    prefix = _prefix(descriptor)
    if prefix is None:
        return None
    place = _PLACE.match(descriptor.annotations[f"{prefix}.{_POSITION}"])
    digest = descriptor.annotations.get(f"{prefix}.{_DIGEST}", "")
    if place is None or not is_digest(digest):
        return None
    start, length, size = (int(number) for number in place.groups())
    if length > MOST_STORED or size > MOST_UNPACKED:
        return None
    if start <= _FRAME_HEADER or not length or not size or start + length > descriptor.size:
        return None
    stored, data_end = await fetch(start, length), start - _FRAME_HEADER
    return StoredToc(descriptor.digest, stored, digest, data_end, size, "zstd:chunked", _PREFIXES[prefix])


def is_zstd_chunked(descriptor: Descriptor) -> bool:
    """Return whether a layer is said to have such a table of contents."""
    return _prefix(descriptor) is not None


def unpack_zstd_chunked(toc: StoredToc, bounds: Bounds) -> bytes:
    """Return the JSON of a table of contents.

    Raises:
        DigestMismatchError: It is not what the manifest vouches for.
        TocFault: It is not as long as the manifest says.
    """
    # zstandard is loaded by those who unpack something.
    from portcall.oci.layers.zstd_stream import ZstdStream

    toc.check(toc.stored)
    size = toc.unpacked_size or 0
    content = unpacked(ZstdStream(Source(io.BytesIO(toc.stored), toc.what), bounds.window_bytes), size + 1)
    if len(content) != size:
        raise TocFault("it is not as long as the manifest says")
    return content


def _prefix(descriptor: Descriptor) -> str | None:
    return next((prefix for prefix in _PREFIXES if f"{prefix}.{_POSITION}" in descriptor.annotations), None)
