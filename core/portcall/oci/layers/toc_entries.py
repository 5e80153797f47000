"""What a table of contents tells of a layer's entries; eStargz and zstd:chunked write it in the same way."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from portcall.oci.document import count
from portcall.oci.layers.entry import LayerEntry
from portcall.oci.layers.names import clean
from portcall.oci.layers.oddities import Oddities
from portcall.oci.layers.toc_chunks import Piece, PiecedFile, chunks_of
from portcall.oci.layers.toc_rows import TocFault, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portcall.models import EntryKind
    from portcall.oci.layers.bounds import Bounds
    from portcall.oci.layers.index import Chunk

_KINDS: dict[str, EntryKind] = {
    "reg": "file",
    "dir": "directory",
    "symlink": "symlink",
    "hardlink": "hardlink",
    "char": "character",
    "block": "block",
    "fifo": "fifo",
}
_FIELDS = frozenset(
    {
        "type", "name", "linkName", "mode", "size", "uid", "gid", "modtime", "digest", "offset", "endOffset",
        "innerOffset", "chunkSize", "chunkOffset", "chunkDigest", "chunkType",
    }
)  # fmt: skip
#: Fields that are of no use here; named so that the usual entry is known at a glance.
_OTHERS = frozenset(
    {"userName", "groupName", "devMajor", "devMinor", "xattrs", "accesstime", "changetime", "NumLink"}
)
_KNOWN = _FIELDS | _OTHERS
_FOLDED = frozenset(name.casefold() for name in _FIELDS)
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}\Z")
_EMPTY = hashlib.sha256(b"").digest()
_SURROGATE = re.compile("[\ud800-\udfff]")
_REPLACEMENT = "\ufffd"
_PERMISSIONS = 0o7777


@dataclass(frozen=True, slots=True)
class Contents:
    """What a table of contents tells: see the fields of :class:`LayerIndex`."""

    entries: tuple[LayerEntry, ...]
    chunks: Mapping[int, tuple[Chunk, ...]]
    notes: tuple[str, ...]


def read_contents(raw: bytes, *, data_end: int, bounds: Bounds, left_out: frozenset[str]) -> Contents:
    """Return what a table of contents tells.

    Args:
        raw: Its JSON.
        data_end: Where, in the layer as stored, the contents of files end.
        bounds: How many entries there may be.
        left_out: Paths of files that are there for the format's sake.

    Raises:
        TocFault: It contradicts its format, or itself; nothing of it may be believed.
    """
    reading = _Reading(bounds, left_out)
    for row in rows_of(raw):
        reading.add(row)
    return Contents(tuple(reading.entries), chunks_of(reading.files, data_end), reading.notes())


@dataclass(slots=True)
class _Reading:
    """Entries as they come; a large file has a row of its own for every further piece."""

    bounds: Bounds
    left_out: frozenset[str]
    entries: list[LayerEntry] = field(default_factory=list)
    files: list[PiecedFile] = field(default_factory=list)
    _rows: int = 0
    _last: tuple[str, PiecedFile | None] = ("", None)
    _times: dict[object, int] = field(default_factory=dict)
    _oddities: Oddities = field(default_factory=Oddities)
    _inexact: int = 0

    def add(self, row: dict[str, Any]) -> None:
        """Take one row."""
        self._rows += 1
        # A file's pieces take a row each; they cost as much as an entry, and real ones hold 64 KiB or more.
        if self._rows > 2 * self.bounds.entries or len(self.entries) >= self.bounds.entries:
            raise TocFault("it has too many entries")
        if not row.keys() <= _KNOWN:
            _require_exact_fields(row)
        if row.get("type") == "chunk":
            self._add_piece(row)
        else:
            self._add_entry(row)

    def notes(self) -> tuple[str, ...]:
        """Return what is odd, for people."""
        one = self._inexact == 1
        inexact = f"{self._inexact} {'name is' if one else 'names are'} no UTF-8, and told with U+FFFD instead"
        return (*self._oddities.notes(), *([inexact] if self._inexact else []))

    def _add_entry(self, row: dict[str, Any]) -> None:
        kind, name = _KINDS.get(_text(row, "type") or ""), _text(row, "name")
        if kind is None or name is None:
            raise TocFault("an entry has no name, or none of the known types")
        path = clean(name)
        size = _number(row, "size") if kind == "file" else 0
        self._oddities.see(name, kind)
        self._inexact += _REPLACEMENT in name
        entry = LayerEntry(
            path=path,
            kind=kind,
            size=size,
            mode=_number(row, "mode") & _PERMISSIONS,
            uid=_number(row, "uid"),
            gid=_number(row, "gid"),
            mtime=self._time(row.get("modtime")),
            target=_target(row, kind),
            digest=_file_digest(row, size) if kind == "file" else None,
        )
        self._last = (name, None)
        is_kept = kind != "file" or path not in self.left_out
        if size:
            file = PiecedFile(len(self.entries) if is_kept else None, size, entry.digest, _end(row), [_piece(row)])
            self.files.append(file)
            self._last = (name, file)
        if is_kept:
            self.entries.append(entry)

    def _add_piece(self, row: dict[str, Any]) -> None:
        name, file = self._last
        if file is None or row.get("name", name) != name:
            raise TocFault("a piece belongs to no file")
        file.pieces.append(_piece(row))

    def _time(self, value: object) -> int:
        found = self._times.get(value) if isinstance(value, str) else 0
        if found is None:
            found = self._times[value] = _seconds(str(value))
        return found


def _require_exact_fields(row: dict[str, Any]) -> None:
    # What writes and reads these in earnest is written in Go, where "Name" is "name".
    if any(name not in _FIELDS and name.casefold() in _FOLDED for name in row):
        raise TocFault("a field differs from a known one in upper and lower case only")


def _number(row: dict[str, Any], name: str) -> int:
    value = row.get(name)
    if value is None:
        return 0
    found = count(value)
    if found is None:
        raise TocFault("a number is none, or cannot be")
    return found


def _text(row: dict[str, Any], name: str) -> str | None:
    """Return a name or a link's target; half a surrogate pair is no text, and no byte of a name either."""
    value = row.get(name)
    if not isinstance(value, str) or "\0" in value:
        return None
    return value if value.isascii() else _SURROGATE.sub(_REPLACEMENT, value)


def _target(row: dict[str, Any], kind: EntryKind) -> str | None:
    if kind not in {"symlink", "hardlink"}:
        return None
    target = _text(row, "linkName")
    if target is None:
        raise TocFault("a link leads nowhere")
    return clean(target) if kind == "hardlink" else target


def _digest(row: dict[str, Any], name: str) -> bytes | None:
    value = row.get(name)
    return bytes.fromhex(value[7:]) if isinstance(value, str) and _SHA256.match(value) else None


def _file_digest(row: dict[str, Any], size: int) -> bytes | None:
    return _digest(row, "digest") if size else _EMPTY


def _end(row: dict[str, Any]) -> int | None:
    return _number(row, "endOffset") or None


def _piece(row: dict[str, Any]) -> Piece:
    kind = row.get("chunkType") or ""
    if kind not in ("", "zeros"):  # a set would ask for something hashable
        raise TocFault("a piece is of no known type")
    return Piece(
        file_offset=_number(row, "chunkOffset"),
        size=_number(row, "chunkSize"),
        blob_offset=_number(row, "offset"),
        inner_offset=_number(row, "innerOffset"),
        digest=_digest(row, "chunkDigest"),
        is_hole=kind == "zeros",
    )


def _seconds(text: str) -> int:
    """Return a time in seconds since 1970; 0 for none, and for the year 1, by which Go says the same."""
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return int(moment.timestamp()) if moment.year > 1 else 0
    except (ValueError, OverflowError):
        return 0
