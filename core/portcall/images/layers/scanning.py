"""One layer on its way through a scan: fetched, hashed and read at the same time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from portcall.errors import DigestMismatchError, UpstreamError
from portcall.images.layers.feed import Feed
from portcall.images.layers.piping import piped
from portcall.oci.layers.scan import ScannedLayer, scan_layer

if TYPE_CHECKING:
    from collections.abc import Callable

    from portcall.http.stream import BlobStream
    from portcall.oci.descriptor import Descriptor
    from portcall.oci.layers.checkpoints import Checkpoints
    from portcall.oci.layers.entry import LayerEntry
    from portcall.oci.layers.lookout import Lookout

#: What is left of a layer is read to its end where it is no more than this: the digest is worth that much.
DRAINED_BYTES = 8 << 20
#: Most that is read on of a layer that makes no sense, to see whether it is what its digest names.
_MOST_DOUBTED = 64 << 20
_STRIDE = 1 << 18


class UnreadableLayerError(UpstreamError):
    """A layer that is no archive, or a broken one; unless it is very long, its digest was found to be right."""


@dataclass(slots=True)
class _Patient:
    """A lookout that is not satisfied before it is worth it.

    Args:
        lookout: What is looked for.
        feed: What is read.
        size: Bytes of the whole layer as stored.
    """

    lookout: Lookout
    feed: Feed
    size: int

    def wants(self, entry: LayerEntry) -> tuple[int, int] | None:
        return self.lookout.wants(entry)

    def is_satisfied(self) -> bool:
        return self.size - self.feed.taken > DRAINED_BYTES and self.lookout.is_satisfied()


async def scanned(
    descriptor: Descriptor,
    stream: BlobStream,
    arrived: Callable[[int], object],
    *,
    lookout: Lookout | None = None,
    checkpoints: Checkpoints | None = None,
) -> ScannedLayer:
    """Return what is in a layer; verified where it was read to its end.

    The digest that is checked is that of the layer as it is stored, which the manifest names. The ``diff_id`` of
    what it unpacks to is not: it could be wrong without anything that is told here being so.

    Args:
        descriptor: The layer's.
        stream: Its bytes as they arrive; left early where the lookout is satisfied.
        arrived: Told of bytes that came; may raise to end it all.
        lookout: What is looked for; without it the whole layer is read.
        checkpoints: Filled on the way.

    Raises:
        DigestMismatchError: The bytes are not what the digest names.
        UnreadableLayerError: They are, and are no archive that could be read.
        TooLargeError: The layer unpacks to more than it may.
        PortcallError: Whatever kept its bytes from coming.
    """
    feed = Feed(descriptor.digest.partition(":")[0])
    watching = _Patient(lookout, feed, descriptor.size) if lookout is not None else None
    return await piped(stream, feed, lambda: _read(feed, descriptor.digest, watching, checkpoints), arrived)


def _read(feed: Feed, digest: str, lookout: Lookout | None, checkpoints: Checkpoints | None) -> ScannedLayer:
    """Scan a layer in this thread, and compare its digest."""
    try:
        layer = scan_layer(feed, digest, lookout=lookout, checkpoints=checkpoints)
    except UpstreamError as error:
        # Wrong bytes rarely make sense: whether they are wrong is what counts.
        if _is_drained(feed):
            _require(feed, digest)
        raise UnreadableLayerError(error.message, hint=error.hint) from error
    if not layer.is_whole:
        return layer
    _require(feed, digest)
    return replace(layer, index=replace(layer.index, verified=True))


def _is_drained(feed: Feed) -> bool:
    """Read on, and return whether that was to the end; raise what keeps the rest from coming, if anything does."""
    end = feed.taken + _MOST_DOUBTED
    while feed.taken < end:
        if not feed.read(_STRIDE):
            return True
    return False


def _require(feed: Feed, digest: str) -> None:
    if feed.digest != digest:
        raise DigestMismatchError(
            f"a layer is not what its digest {digest[:19]}… names",
            hint="Nothing of it was used. The registry, or something before it, is broken or hostile.",
        )
