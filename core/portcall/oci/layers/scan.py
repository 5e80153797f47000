"""One pass over a layer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portcall.digest import is_digest
from portcall.oci.layers.blocks import Blocks
from portcall.oci.layers.bounds import Bounds
from portcall.oci.layers.contents import read_contents
from portcall.oci.layers.decompress import Archive, decompressed
from portcall.oci.layers.entry import LayerEntry
from portcall.oci.layers.index import LayerIndex
from portcall.oci.layers.readable import Source
from portcall.oci.layers.tar_reader import TarReader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portcall.oci.layers.checkpoints import Checkpoints
    from portcall.oci.layers.lookout import Lookout
    from portcall.oci.layers.readable import Readable

_NO_BOUNDS_GIVEN = Bounds()


@dataclass(frozen=True, slots=True)
class ScannedLayer:
    """What a pass over a layer has seen.

    Args:
        index: Its entries, up to where it stopped; not verified, as whoever feeds the bytes checks the digest.
        is_whole: Whether it went to the end: ``False`` where the lookout was satisfied before.
        kept: The contents that the lookout wanted, by the number of their entry; shorter than asked for where
            the file ends within.
    """

    index: LayerIndex
    is_whole: bool
    kept: Mapping[int, bytes] = field(default_factory=dict)


def scan_layer(
    raw: Readable,
    digest: str,
    *,
    bounds: Bounds = _NO_BOUNDS_GIVEN,
    lookout: Lookout | None = None,
    checkpoints: Checkpoints | None = None,
) -> ScannedLayer:
    """Return what is in a layer, read once from its beginning; blocks, so call it in a thread.

    Args:
        raw: The layer as stored, read to its very end unless the lookout is satisfied before.
        digest: The layer's.
        bounds: How much it may take.
        lookout: What is looked for.
        checkpoints: Where to note places to go on from, should it be gzip.

    Raises:
        UpstreamError: It is no archive, broken or cut off.
        TooLargeError: It takes more than it may.
    """
    source = Source(raw, f"layer {digest[:19]}" if is_digest(digest) else "the layer")
    scan = _Scan(decompressed(source, bounds, checkpoints), bounds, lookout)
    is_whole = scan.run()
    index = LayerIndex(
        digest=digest,
        entries=tuple(scan.entries),
        compression=scan.archive.compression,
        verified=False,
        archive_size=scan.archive.produced if is_whole else None,
        notes=scan.reader.oddities.notes(),
    )
    return ScannedLayer(index, is_whole, scan.kept)


class _Scan:
    def __init__(self, archive: Archive, bounds: Bounds, lookout: Lookout | None) -> None:
        self.archive = archive
        self.blocks = Blocks(archive)
        self.reader = TarReader(self.blocks, bounds)
        self.lookout = lookout
        self.entries: list[LayerEntry] = []
        self.kept: dict[int, bytes] = {}

    def run(self) -> bool:
        """Read all entries; return whether all that is stored was read."""
        for member in self.reader.members():
            entry, window = member.entry, None
            if self.lookout is not None:
                window = self.lookout.wants(entry)
            if entry.kind == "file":
                seen, kept = read_contents(member, self.blocks, self.archive, window)
                if window is not None:
                    self.kept[len(self.entries)] = kept
                entry = LayerEntry(*entry[:8], seen, entry[9])
            else:
                self.blocks.skip(member.stored)
            self.entries.append(entry)
            if self.lookout is not None and self.lookout.is_satisfied():
                return False
        oddities = self.reader.oddities
        oddities.after_archive = self.blocks.rest()
        oddities.after_data = self.archive.finish()
        return True
