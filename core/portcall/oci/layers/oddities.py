"""What is odd about an archive, though it can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.oci.layers.names import clean, climbs

if TYPE_CHECKING:
    from portcall.models import EntryKind


@dataclass(slots=True)
class Oddities:
    """What was seen so far, counted.

    Args:
        climbing: Names that lead above the root.
        absolute: Names that begin with a slash.
        nameless: Entries that are the root, and no directory.
        unknown: Entries of a type that no engine unpacks.
        global_records: Extended headers that mean all entries after them, which engines leave aside.
        after_archive: Bytes after the archive's end and its padding.
        after_data: Bytes after the end of the compressed data, likewise.
    """

    climbing: int = 0
    absolute: int = 0
    nameless: int = 0
    unknown: int = 0
    global_records: int = 0
    after_archive: int = 0
    after_data: int = 0

    def see(self, name: str, kind: EntryKind) -> None:
        """Count what is odd about an entry."""
        self.unknown += kind == "other"
        self.climbing += climbs(name)
        self.absolute += name.startswith("/")
        self.nameless += kind != "directory" and not clean(name)

    def notes(self) -> tuple[str, ...]:
        """Return them for people."""
        told = (
            _told(self.climbing, "name climbs above the root", "names climb above the root"),
            _told(self.absolute, "name is absolute", "names are absolute"),
            _told(
                self.nameless,
                "entry other than a directory has the root's name",
                "entries other than directories have the root's name",
            ),
            _told(self.unknown, "entry is of an unknown type", "entries are of unknown types"),
            _told(
                self.global_records,
                "global extended header is left aside, as engines do",
                "global extended headers are left aside, as engines do",
            ),
            _told(
                self.after_archive, "byte follows the end of the archive", "bytes follow the end of the archive"
            ),
            _told(
                self.after_data,
                "byte follows the end of the compressed data",
                "bytes follow the end of the compressed data",
            ),
        )
        return tuple(note for note in told if note)


def _told(count: int, one: str, many: str) -> str:
    return "" if not count else f"{count} {one if count == 1 else many}"
