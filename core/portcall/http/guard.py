"""The connect-time guard: which addresses may be connected to.

It looks at the very address that the operating system is about to be given, so the spelling of a host
(``localhost``, ``0x7f000001``, ``[::ffff:127.0.0.1]``, any DNS name, a name that resolves differently the
second time) makes no difference. Every connection passes here: redirects, token realms, ``Link`` targets
and layer URLs included.
"""

from __future__ import annotations

import contextlib
import socket
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

Address = IPv4Address | IPv6Address

#: The well-known prefix of NAT64 (RFC 6052): what it carries is judged.
_NAT64 = IPv6Network("64:ff9b::/96")
#: All that has ever been given out for the public internet; the rest of IPv6 is special or reserved.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
#: What IANA's registries of special-purpose addresses take out of it. Python has a list of its own, which
#: differs from version to version, and is asked beside this one.
_SPECIAL_IPV6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: leads to IPv4 addresses that the guard cannot see
        "3fff::/20",  # documentation
    )
)
_SPECIAL_IPV4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' NAT
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, and what is reserved above it
    )
)
#: Where clouds keep credentials for whoever asks, outside the link-local ranges: Azure, Alibaba, Oracle, AWS,
#: Google.
_METADATA = frozenset(
    ip_address(text)
    for text in ("168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254")
)


def is_public(address: Address) -> bool:
    """Tell whether ``address`` belongs to the public internet, whatever form it is wrapped in."""
    meant = _unwrapped(address)
    if meant in _METADATA or not meant.is_global:
        return False
    if isinstance(meant, IPv4Address):
        return not any(meant in network for network in _SPECIAL_IPV4)
    return meant in _GLOBAL_UNICAST and not any(meant in network for network in _SPECIAL_IPV6)


def is_loopback(address: Address) -> bool:
    """Tell whether ``address`` is this machine, IPv4-mapped forms included."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def is_metadata(address: Address) -> bool:
    """Tell whether ``address`` is link-local, or another one where clouds keep their metadata services."""
    meant = _unwrapped(address)
    return meant.is_link_local or meant in _METADATA


def parse_address(host: str) -> Address | None:
    """Return ``host`` as an address where it is literally one."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _unwrapped(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address


class Rule(Protocol):
    """Decides on an address that is about to be connected to."""

    def __call__(self, address: Address) -> bool:
        """Tell whether a connection may be made."""


def public_only(address: Address) -> bool:
    """Permit the public internet: the rule for whatever was not exempted."""
    return is_public(address)


def loopback_only(address: Address) -> bool:
    """Permit this machine: the rule for a loopback host written in a reference."""
    return is_loopback(address)


def configured(host: str) -> Rule:
    """Permit what an operator's own ``host`` resolves to; link-local only where ``host`` is the address."""
    literal = parse_address(host)

    def rule(address: Address) -> bool:
        return not is_metadata(address) or address == literal

    return rule


def anything(address: Address) -> bool:
    """Permit every address: for the connection to a proxy that the operator named."""
    return True


class AddressRefusedError(OSError):
    """The guard refused an address; never leaves the transport."""


_refused: ContextVar[list[str] | None] = ContextVar("portcall_refused_addresses", default=None)


@contextlib.contextmanager
def noting_refusals() -> Iterator[list[str]]:
    """Collect the addresses that the guard refuses to connections made inside the block.

    Connecting tries several addresses side by side and reports one error for all; this keeps the reason.
    """
    refused: list[str] = []
    token = _refused.set(refused)
    try:
        yield refused
    finally:
        _refused.reset(token)


class Guard:
    """Makes the sockets of one connection pool, for addresses that its rule permits."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule

    def socket_for(
        self, address_info: tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]
    ) -> socket.socket:
        """Return a socket for an address as ``getaddrinfo`` tells it.

        Raises:
            AddressRefusedError: The rule does not permit the address.
        """
        family, kind, protocol, _, target = address_info
        address = parse_address(str(target[0]))
        if address is None or not self._rule(address):
            refused = _refused.get()
            if refused is not None:
                refused.append(str(target[0]))
            raise AddressRefusedError(f"{target[0]} is refused by local policy")
        return socket.socket(family, kind, protocol)
