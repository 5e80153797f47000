"""Which addresses are this machine's own: what may be said about one without asking any name server."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Scope

#: Headers by which proxies tell of those for whom they ask, beside ``X-Forwarded-…``.
_RELAYED = frozenset({b"forwarded", b"via", b"x-real-ip"})
#: A person's IPv6 addresses differ in what comes after this many bits.
_IPV6_PREFIX = 64


def parse_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that ``text`` spells, with or without brackets; ``None`` where it is a name."""
    inner = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        address = ipaddress.ip_address(inner.partition("%")[0])
    except ValueError:
        return None
    # What reaches a socket for both families by IPv4 looks like this.
    return getattr(address, "ipv4_mapped", None) or address


def bind_address_is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach a server that listens on ``host``, an address or a name.

    The name ``localhost`` is the only one that is: what another resolves to is not in our hands.
    """
    address = parse_address(host)
    return host.lower().rstrip(".") == "localhost" if address is None else address.is_loopback


def arrived_on_loopback(scope: Scope) -> bool:
    """Tell whether a request came in over this machine's own interface, or over a Unix socket."""
    server = scope.get("server")
    if not server:
        return False
    host, port = server
    if port is None and host.startswith("/"):
        return True
    address = parse_address(host)
    return address is not None and address.is_loopback


def was_relayed(scope: Scope) -> bool:
    """Tell whether a request says of itself that a proxy handed it on, for somebody who may be anywhere.

    A proxy that hides itself cannot be told from a client of this machine.
    """
    client = scope.get("client")
    address = parse_address(client[0]) if client else None
    if address is not None and not address.is_loopback:
        return True
    names = {name.lower() for name, _ in scope["headers"]}
    return any(name in _RELAYED or name.startswith(b"x-forwarded-") for name in names)


def client_address(scope: Scope) -> str:
    """Return whose connection it is, for telling callers apart: an address, or an IPv6 network of one site."""
    client = scope.get("client")
    address = parse_address(client[0]) if client else None
    if address is None:
        return "unknown"
    if address.version == 6:
        return str(ipaddress.ip_network((int(address), _IPV6_PREFIX), strict=False))
    return str(address)
