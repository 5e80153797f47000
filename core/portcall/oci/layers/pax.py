"""Records of a PAX extended header: what a tar header has no room for."""

from __future__ import annotations

import re

from portcall.oci.layers.faults import HeaderFault

#: The records that say something of an entry that is told; all others may be long, and are let go.
_KNOWN = frozenset({b"path", b"linkpath", b"size", b"mtime", b"uid", b"gid"})
_SPARSE = b"GNU.sparse."
_OFFSET, _LENGTH = b"GNU.sparse.offset", b"GNU.sparse.numbytes"
#: Where the pairs of the oldest sparse format, which repeats its records, are gathered as in the later one.
MAP = b"GNU.sparse.map"
_NAMES = frozenset({b"path", b"linkpath", b"GNU.sparse.name"})
_INTEGER = re.compile(rb"[+-]?[0-9]{1,19}\Z")
_TIME = re.compile(rb"([+-]?[0-9]{1,19})(?:\.([0-9]*))?\Z")


def read_records(data: bytes) -> dict[bytes, bytes]:
    """Return the records that matter, by keyword; of repeated ones the last.

    Raises:
        HeaderFault: They are not written as POSIX has it: ``length keyword=value`` and a line feed.
    """
    records: dict[bytes, bytes] = {}
    pairs: list[bytes] = []
    at = 0
    while at < len(data):
        keyword, value, at = _record(data, at)
        if keyword in {_OFFSET, _LENGTH}:
            if (keyword == _LENGTH) != len(pairs) % 2 or b"," in value:
                raise HeaderFault("its sparse map is broken")
            pairs.append(value)
        elif keyword in _KNOWN or keyword.startswith(_SPARSE):
            if keyword in _NAMES and b"\0" in value:
                raise HeaderFault("a name contains a NUL")
            records[keyword] = value
    if pairs:
        records[MAP] = b",".join(pairs)
    return records


def _record(data: bytes, at: int) -> tuple[bytes, bytes, int]:
    # More digits than the largest header has bytes are no length, and slow to read as a number.
    space = data.find(b" ", at, at + 20)
    digits = data[at:space]
    if space < 0 or not digits.isdigit():
        raise HeaderFault("a PAX record has no length")
    end = at + int(digits)
    if not space < end - 1 < len(data) or data[end - 1] != 0x0A:
        raise HeaderFault("a PAX record is not as long as it says")
    keyword, equals, value = data[space + 1 : end - 1].partition(b"=")
    if not equals or not keyword:
        raise HeaderFault("a PAX record has no keyword")
    return keyword, value, end


def integer(value: bytes) -> int:
    """Return a whole number.

    Raises:
        HeaderFault: It is none, or needs more than 64 bits.
    """
    if not _INTEGER.match(value):
        raise HeaderFault("a PAX record is no number")
    return _in_range(int(value))


def seconds(value: bytes) -> int:
    """Return a time without its fraction, the earlier second.

    Raises:
        HeaderFault: It is none, or needs more than 64 bits.
    """
    match = _TIME.match(value)
    if match is None:
        raise HeaderFault("a PAX record is no time")
    whole, fraction = match.groups()
    has_fraction = bool(fraction) and bool(fraction.strip(b"0"))
    return _in_range(int(whole) - (has_fraction and whole.startswith(b"-")))


def _in_range(number: int) -> int:
    if not -1 << 63 <= number < 1 << 63:
        raise HeaderFault("a PAX record is too large a number")
    return number
