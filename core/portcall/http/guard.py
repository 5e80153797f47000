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
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

Address = IPv4Address | IPv6Address

#: Prefixes that carry an IPv4 address for a translator (RFC 6052, RFC 8215): judged by what they carry.
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
#: Tunnels that lead to addresses which the guard cannot see (6to4, Teredo), and retired site-local space.
_REFUSED = (IPv6Network("2002::/16"), IPv6Network("2001::/32"), IPv6Network("fec0::/10"))


def is_public(address: Address) -> bool:
    """Tell whether ``address`` belongs to the public internet, whatever form it is wrapped in."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in network for network in _NAT64):
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address.scope_id or any(address in network for network in _REFUSED):
            return False
    return address.is_global and not address.is_multicast


def is_loopback(address: Address) -> bool:
    """Tell whether ``address`` is this machine, IPv4-mapped forms included."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def is_link_local(address: Address) -> bool:
    """Tell whether ``address`` is link-local, where clouds keep their metadata services."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_link_local


def parse_address(host: str) -> Address | None:
    """Return ``host`` as an address where it is literally one."""
    try:
        return ip_address(host)
    except ValueError:
        return None


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
        return not is_link_local(address) or address == literal

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
