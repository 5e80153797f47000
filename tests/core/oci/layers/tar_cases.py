"""Archives written by hand, field by field, and readables that give them away slowly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portcall.oci.layers.entry import LayerEntry
from portcall.oci.layers.scan import ScannedLayer, scan_layer

DIGEST = "sha256:" + "5" * 64
WHAT = "layer sha256:555555555555"
END = bytes(1024)


def octal(value: int, width: int = 12) -> bytes:
    return b"%0*o\0" % (width - 1, value)


def binary(value: int, width: int = 12) -> bytes:
    """Return a number as GNU tar writes what has no room in octal digits, or is negative."""
    filled = value.to_bytes(width, "big", signed=True)
    return bytes([filled[0] | 0x80]) + filled[1:]


def header(
    name: bytes = b"file",
    size: int | bytes = 0,
    flag: bytes = b"0",
    *,
    link: bytes = b"",
    mode: bytes = b"0000644\0",
    uid: bytes = b"0000000\0",
    gid: bytes = b"0000000\0",
    mtime: bytes = b"00000000000\0",
    magic: bytes = b"ustar\x0000",
    prefix: bytes = b"",
    rest: bytes = b"",
    signed: bool = False,
    checksum: bytes | None = None,
) -> bytes:
    """Return one header; whatever is in its fields, its checksum is right unless another one is given."""
    length = size if isinstance(size, bytes) else octal(size)
    head = name.ljust(100, b"\0") + mode + uid + gid + length + mtime
    tail = (flag + link.ljust(100, b"\0") + magic).ljust(189, b"\0") + prefix + rest
    tail = tail.ljust(356, b"\0")
    summed = [*head, *b"        ", *tail]
    total = sum(byte - 256 if signed and byte > 127 else byte for byte in summed)
    block = head + (octal(total, 7) + b" " if checksum is None else checksum) + tail
    assert len(block) == 512
    return block


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 512)


def member(name: bytes = b"file", data: bytes = b"", flag: bytes = b"0", **fields: Any) -> bytes:
    return header(name, len(data), flag, **fields) + padded(data)


def records(*pairs: tuple[bytes, bytes], flag: bytes = b"x") -> bytes:
    """Return a PAX extended header."""
    return member(b"PaxHeaders/x", b"".join(record(key, value) for key, value in pairs), flag)


def record(key: bytes, value: bytes) -> bytes:
    body = b" " + key + b"=" + value + b"\n"
    length = len(body) + 1
    while length != len(b"%d" % length) + len(body):
        length += 1
    return b"%d" % length + body


class Trickle:
    """Gives bytes away in pieces of any size, and counts them.

    Args:
        data: The bytes.
        most: The largest piece.
        check: What is called for every block of output.
    """

    def __init__(self, data: bytes, most: int = 1 << 20, check: Callable[[], None] = lambda: None) -> None:
        self.data = data
        self.most = most
        self.check = check
        self.given = 0

    def read(self, size: int, /) -> bytes:
        piece = self.data[self.given : self.given + min(size, self.most)]
        self.given += len(piece)
        return piece


def scan(data: bytes, most: int = 1 << 20, **options: Any) -> ScannedLayer:
    return scan_layer(Trickle(data, most), DIGEST, **options)


def entries(*parts: bytes) -> tuple[LayerEntry, ...]:
    return scan(b"".join(parts) + END).index.entries


def entry(*parts: bytes) -> LayerEntry:
    """Return the only entry of an archive."""
    (only,) = entries(*parts)
    return only
