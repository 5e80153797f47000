"""Sparse files: which parts of them are stored, in the four ways that GNU tar has written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.oci.layers import pax
from portcall.oci.layers.faults import HeaderFault
from portcall.oci.layers.tar_header import BLOCK, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from portcall.oci.layers.blocks import Blocks

#: The parts that are stored, each as (offset, length) in the file; all else in it is zeros.
Parts = tuple[tuple[int, int], ...]

_FIRST, _FIRST_COUNT, _IS_EXTENDED, _REAL_SIZE = 386, 4, 482, slice(483, 495)
_MORE_COUNT, _MORE_IS_EXTENDED = 21, 504
_LARGEST_NUMBER = 19


def is_sparse(records: Mapping[bytes, bytes]) -> bool:
    """Return whether an entry's records make it a sparse file, in a version that is known."""
    version = (records.get(b"GNU.sparse.major", b""), records.get(b"GNU.sparse.minor", b""))
    if version == (b"", b""):
        return bool(records.get(pax.MAP))
    return version in {(b"0", b"0"), (b"0", b"1"), (b"1", b"0")}


def real_size(records: Mapping[bytes, bytes], size: int) -> int:
    """Return how long a sparse file is, holes included.

    Raises:
        HeaderFault: The records hold no number.
    """
    value = records.get(b"GNU.sparse.size") or records.get(b"GNU.sparse.realsize")
    return pax.integer(value) if value else size


def parts_in_records(records: Mapping[bytes, bytes]) -> Parts:
    """Return the parts that the records tell (versions 0.0 and 0.1).

    Raises:
        HeaderFault: The map is broken.
    """
    text = records.get(pax.MAP, b"")
    count = records.get(b"GNU.sparse.numblocks", b"")
    parts = _pairs([pax.integer(value) for value in text.split(b",")] if text else [])
    if count and pax.integer(count) != len(parts):
        raise HeaderFault("its sparse map is broken")
    return parts


def parts_in_data(blocks: Blocks, stored: int, most: int) -> tuple[Parts, int]:
    """Return the parts that the contents begin with (version 1.0), and how many bytes told them.

    Args:
        blocks: Where the contents begin.
        stored: How long the stored contents are.
        most: How long the map may be.

    Raises:
        HeaderFault: The map is broken.
        UpstreamError: The archive ends within it.
    """
    numbers: list[int] = []
    wanted, rest, taken = 1, b"", 0
    while len(numbers) < wanted:
        taken += BLOCK
        if taken > min(stored, most) or len(rest) > _LARGEST_NUMBER:
            raise HeaderFault("its sparse map is broken")
        *lines, rest = (rest + blocks.take(BLOCK)).split(b"\n")
        if not numbers and lines:
            wanted += 2 * _count(lines[0])
        numbers += [pax.integer(line) for line in lines[: wanted - len(numbers)]]
    return _pairs(numbers[1:]), taken


def _count(text: bytes) -> int:
    count = pax.integer(text)
    if count < 0:
        raise HeaderFault("its sparse map is broken")
    return count


def parts_in_headers(header: bytes, blocks: Blocks, most: int) -> tuple[Parts, int]:
    """Return the parts that an old GNU header tells, together with those that follow it, and the file's size.

    Raises:
        HeaderFault: The map is broken.
        UpstreamError: The archive ends within it.
    """
    numbers = list(_numbers(header[_FIRST:], _FIRST_COUNT))
    is_extended, size = header[_IS_EXTENDED], number(header[_REAL_SIZE])
    taken = 0
    while is_extended:
        taken += BLOCK
        more = blocks.take(BLOCK) if taken <= most else b""
        if not more:
            raise HeaderFault("its sparse map is broken")
        numbers += _numbers(more, _MORE_COUNT)
        is_extended = more[_MORE_IS_EXTENDED]
    return _pairs(numbers), size


def _numbers(table: bytes, count: int) -> Iterator[int]:
    for at in range(0, 24 * count, 24):
        if not table[at]:
            return
        yield number(table[at : at + 12])
        yield number(table[at + 12 : at + 24])


def _pairs(numbers: list[int]) -> Parts:
    if len(numbers) % 2:
        raise HeaderFault("its sparse map is broken")
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def check(parts: Parts, size: int, stored: int) -> None:
    """Let a map pass whose parts follow each other within the file, and are all stored.

    Raises:
        HeaderFault: They do not.
    """
    at = total = 0
    for offset, length in parts:
        if length < 0 or offset < at:
            raise HeaderFault("its sparse map is broken")
        at = offset + length
        total += length
    if at > size or total > stored:
        raise HeaderFault("its sparse map is broken")
