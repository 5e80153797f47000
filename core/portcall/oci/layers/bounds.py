"""How much one layer may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """Ceilings for the reading of one layer; what goes over them is too large, and read no further.

    Real layers unpack to two to twenty times their size, and have 150,000 entries at most. gzip can unpack to a
    thousand times its size, zstd to thirty thousand times.

    Args:
        free_bytes: How much a layer may unpack to, whatever its size as stored.
        ratio: How many more bytes it may unpack to for each stored byte that was read.
        entries: Most entries.
        name_bytes: Most bytes of all names and link targets together.
        extended_bytes: Most bytes of one extended header (a long name, PAX records, a sparse map): Go's own limit.
        window_bytes: Most memory that zstd may ask for.
    """

    free_bytes: int = 1 << 30
    ratio: int = 250
    entries: int = 500_000
    name_bytes: int = 256 << 20
    extended_bytes: int = 1 << 20
    window_bytes: int = 128 << 20
