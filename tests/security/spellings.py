"""Ways to write an address that is not public, as URL parsers, resolvers and the C library take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.security.internet import Internet

#: What a reference under stdio and at the shell may hold: this machine, written so that nobody can miss it.
PLAIN = (
    "127.0.0.1",
    "127.8.8.8",
    "localhost",
    "LOCALHOST",
    "any.localhost",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:7f00:1]",
    "[::FFFF:7F00:1]",
)
#: This machine again, in disguise.
DISGUISED = (
    "127.1",
    "127.0.1",
    "0177.0.0.1",
    "017700000001",
    "0x7f000001",
    "0X7F000001",
    "0x7f.1",
    "0x7f.0.0.0x1",
    "2130706433",
    "0",
    "0.0.0.0",
    "127.0.0.1.",
    "127.1.",
    "localhost.",
    "LocalHost.",
    "[::ffff:127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[::]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[::1%lo]",
    "[::1%25lo]",
    "[fe80::1%1]",
    "[fe80::1%25lo]",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "１２７.0.0.1",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "registry.example@127.0.0.1",
    "registry.example\\@127.0.0.1",
)
#: Elsewhere, and no less private.
INSIDE = (
    "10.0.0.1",
    "192.168.0.1",
    "172.16.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
    "[fd00:ec2::254]",
    "[fe80::a9fe:a9fe]",
    "168.63.129.16",
    "100.100.100.200",
    "255.255.255.255",
    "224.0.0.1",
)
#: Names that give nothing away, and what they resolve to.
NAMES: dict[str, tuple[str, ...]] = {
    "to-ipv4.example": ("127.0.0.1",),
    "to-ipv6.example": ("::1",),
    "to-mapped.example": ("::ffff:127.0.0.1",),
    "to-nat64.example": ("64:ff9b::7f00:1",),
    "to-6to4.example": ("2002:7f00:1::",),
    "to-nowhere.example": ("0.0.0.0",),
    "to-private.example": ("10.0.0.1", "fd00::1"),
    "to-metadata.example": ("169.254.169.254",),
    "TO-UPPER.EXAMPLE": ("127.0.0.1",),
    "to-dot.example.": ("127.0.0.1",),
}
#: A name that has a public address too, where nobody answers; to which one falls back is no choice.
MIXED = "to-both.example"

#: What resolvers know by heart, some of them; here they all do.
_LOOPBACK_NAMES = ("localhost", "localhost.", "any.localhost")

EVERY = (*PLAIN, *DISGUISED, *INSIDE, *NAMES, MIXED)


def teach(internet: Internet) -> None:
    """Let the names resolve."""
    for name in _LOOPBACK_NAMES:
        internet.name(name, ("127.0.0.1", "::1"))
    for name, addresses in NAMES.items():
        internet.name(name, addresses)
    internet.name(MIXED, (internet.public(), "127.0.0.1", "::1"))
