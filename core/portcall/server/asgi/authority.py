"""``Host`` and ``Origin``: what these headers say, read strictly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Scope

DEFAULT_PORTS = {"http": 80, "https": 443}

_NAME = r"(?P<name>[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_])?)\.?"
_AUTHORITY = re.compile(rf"(?:{_NAME}|\[(?P<address>[0-9A-Fa-f:.]{{2,45}})\])(?::(?P<port>[0-9]{{1,5}}))?")
_ORIGIN = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,31})://(?P<authority>[^/?#@\\\s]+)")


@dataclass(frozen=True, slots=True)
class Authority:
    """A host and, where it was said, a port.

    Args:
        host: In lower case and without a final dot; an IPv6 address shortened and in brackets.
        port: As written; ``None`` where it was not.
    """

    host: str
    port: int | None = None

    def __str__(self) -> str:
        return self.host if self.port is None else f"{self.host}:{self.port}"

    def port_for(self, scheme: str) -> int | None:
        """Return the port, by the scheme's default where it was not written."""
        return DEFAULT_PORTS.get(scheme) if self.port is None else self.port


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a web page comes from."""

    scheme: str
    authority: Authority

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"

    def is_same(self, other: Origin) -> bool:
        """Tell whether browsers take both for one."""
        return (self.scheme, self.authority.host) == (other.scheme, other.authority.host) and (
            self.authority.port_for(self.scheme) == other.authority.port_for(other.scheme)
        )


def parse_authority(text: str) -> Authority | None:
    """Return what a ``Host`` header says, or ``None`` where it says nothing of the kind."""
    matched = _AUTHORITY.fullmatch(text)
    if matched is None:
        return None
    port = int(matched["port"]) if matched["port"] else None
    if port is not None and not 0 < port < 1 << 16:
        return None
    if matched["name"] is not None:
        return Authority(matched["name"].lower(), port)
    try:
        return Authority(f"[{IPv6Address(matched['address']).compressed}]", port)
    except AddressValueError:
        return None


def parse_origin(text: str) -> Origin | None:
    """Return what an ``Origin`` header says; ``None`` for ``null``, a list, or anything else."""
    matched = _ORIGIN.fullmatch(text)
    authority = parse_authority(matched["authority"]) if matched else None
    return Origin(matched["scheme"].lower(), authority) if matched and authority else None


def header_values(scope: Scope, name: bytes) -> list[str]:
    """Return a header's values, once for each time that it was sent."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]
