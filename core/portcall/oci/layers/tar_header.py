"""One header of a tar archive: 512 bytes, in the dialects of V7, POSIX, GNU and star."""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import NamedTuple
from zlib import adler32

from portcall.oci.layers.faults import ChecksumFault, HeaderFault

BLOCK = 512
ZEROS = bytes(BLOCK)
_FIELDS = struct.Struct("100s24s12s12s8sc100s")
_SUM = slice(148, 156)
_PREFIX, _PREFIX_END, _STAR_PREFIX_END = 345, 500, 476
_LARGEST = 1 << 63


class Header(NamedTuple):
    """What a header says, its name and link still bytes.

    Args:
        flag: The type, one byte: ``b"0"`` is a regular file.
    """

    name: bytes
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    flag: bytes
    link: bytes


def read_header(block: bytes) -> Header:
    """Return what a header says.

    Args:
        block: Its 512 bytes, not all of them zero.

    Raises:
        HeaderFault: It is none.
    """
    name, owner, size, mtime, checksum, flag, link = _FIELDS.unpack_from(block)
    _check(block, checksum)
    length = number(size)
    if length < 0:
        raise HeaderFault("a size is negative")
    if block[_PREFIX] and block[257:263] == b"ustar\0":
        end = _STAR_PREFIX_END if block[508:] == b"tar\0" else _PREFIX_END
        name = until_nul(block[_PREFIX:end]) + b"/" + until_nul(name)
    mode, uid, gid = _owner(owner)
    return Header(until_nul(name), mode, uid, gid, length, number(mtime), flag, until_nul(link))


@lru_cache(maxsize=1 << 10)
def _owner(fields: bytes) -> tuple[int, int, int]:
    """Return mode, user and group, which are the same for most entries of an archive."""
    return number(fields[:8]), number(fields[8:16]), number(fields[16:])


def number(field: bytes) -> int:
    """Return the number in a field: octal digits, or, where the first bit is set, two's complement.

    Raises:
        HeaderFault: It is neither, or needs more than 64 bits.
    """
    if field[0] & 0x80:
        return _binary(field)
    digits = field.strip(b" \0")
    if not digits:
        return 0
    if not digits.isdigit():
        digits = until_nul(digits)
    # int() alone would take signs, underscores and spaces.
    if digits.isdigit():
        try:
            return int(digits, 8)
        except ValueError:
            pass
    raise HeaderFault("a number is not octal")


def until_nul(field: bytes) -> bytes:
    """Return a field as C reads it: up to the first NUL."""
    return field.split(b"\0", 1)[0]


def _binary(field: bytes) -> int:
    value = int.from_bytes(field, "big") & ~(1 << 8 * len(field) - 1)
    if field[0] & 0x40:
        value -= 1 << 8 * len(field) - 1
    if not -_LARGEST <= value < _LARGEST:
        raise HeaderFault("a number is too large")
    return value


def _check(block: bytes, field: bytes) -> None:
    """Let a header pass whose bytes add up to what it says; the sum's own field counts as spaces."""
    # The lower half of Adler-32, begun with 0, is the sum modulo 65521, which 256 bytes never reach: ten times
    # as fast as adding them up.
    total = (adler32(block[:256], 0) & 0xFFFF) + (adler32(block[256:], 0) & 0xFFFF)
    total += len(field) * ord(" ") - sum(field)
    try:
        told = number(field)
    except HeaderFault:
        told = -1
    # Some old writers added up signed characters.
    if told != total and told != total - _sign(block):
        raise ChecksumFault("its checksum does not match")


def _sign(block: bytes) -> int:
    return 256 * sum(byte > 127 for byte in block[: _SUM.start] + block[_SUM.stop :])
