"""Registry hosts: which first component is one, whether it can exist, and what it is called.

Source: the grammar and normalisation of distribution/reference. Stricter than it where the host could
never be asked: ports out of range, impossible IPv6 addresses, names too long for DNS.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv6Address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portcall.reference.span import Span

#: Docker Hub's name in every normalised reference.
DOCKER_HUB = "docker.io"

_HUB_ALIASES = frozenset({"index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})

_MAX_HOST = 253
_MAX_LABEL = 63
_MAX_PORT = 65535

_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9.-]")
_NOT_IN_PORT = re.compile(r"[^0-9]")
_NOT_IN_IPV6 = re.compile(r"[^0-9A-Fa-f:]")

_HOST = "A host is a name such as ghcr.io, an IPv4 address, or an IPv6 address in brackets."
_BRACKETS = "An IPv6 address stands in brackets, without a zone, e.g. [2001:db8::1]:5000."
_PORT = f"A port is a number from 1 to {_MAX_PORT}."


def is_host(component: str) -> bool:
    """Tell whether Docker takes the first ``component`` of a name (before a slash) for a host."""
    return "." in component or ":" in component or component == "localhost" or component != component.lower()


def written_host(registry: str) -> str:
    """Return ``registry`` so that Docker's grammar reads it as a host again.

    A host without dot or port is one only by its upper case: ``FOO/bar`` is ``bar`` at the host ``foo``,
    and ``foo/bar`` an image on Docker Hub.
    """
    return registry if is_host(registry) else registry.upper()


def check_host(host: Span) -> str:
    """Return the registry that ``host`` names: lower case, Docker Hub's aliases as ``"docker.io"``.

    Raises:
        InvalidReferenceError: no such host can exist.
    """
    if host.text.startswith("["):
        name, port = _check_ipv6(host)
    else:
        name, port = host.partition(":")
        _check_name(name)
    registry = name.text.lower()
    if port is not None:
        registry = f"{registry}:{_check_port(port)}"
    return DOCKER_HUB if registry in _HUB_ALIASES else registry


def _check_name(name: Span) -> None:
    if foreign := _NOT_IN_NAME.search(name.text):
        raise name.unexpected(foreign.start(), "the host", _HOST)
    if len(name.text) > _MAX_HOST:
        raise name.fault(_MAX_HOST, f"the host is longer than {_MAX_HOST} characters", _HOST)
    for label in name.split("."):
        if not label.text:
            raise label.fault(0, "an empty part in the host", _HOST)
        if len(label.text) > _MAX_LABEL:
            raise label.fault(_MAX_LABEL, f"a part of the host is longer than {_MAX_LABEL} characters", _HOST)
        if label.text.startswith("-"):
            raise label.fault(0, "a part of the host begins with '-'", _HOST)
        if label.text.endswith("-"):
            raise label.fault(len(label.text) - 1, "a part of the host ends with '-'", _HOST)


def _check_ipv6(host: Span) -> tuple[Span, Span | None]:
    close = host.text.find("]")
    if close < 0:
        raise host.fault(0, "an IPv6 address whose bracket is not closed", _BRACKETS)
    address, rest = host.cut(1, close), host.cut(close + 1)
    if foreign := _NOT_IN_IPV6.search(address.text):
        raise address.unexpected(foreign.start(), "the IPv6 address", _BRACKETS)
    try:
        IPv6Address(address.text)
    except AddressValueError:
        raise address.fault(0, "not an IPv6 address", _BRACKETS) from None
    if rest.text and not rest.text.startswith(":"):
        raise rest.unexpected(0, "the host, after the IPv6 address", _BRACKETS)
    return host.cut(0, close + 1), rest.cut(1) if rest.text else None


def _check_port(port: Span) -> int:
    if not port.text:
        raise port.fault(0, "the port is missing", _PORT)
    if foreign := _NOT_IN_PORT.search(port.text):
        hint = _BRACKETS if ":" in port.text else _PORT
        raise port.unexpected(foreign.start(), "the port", hint)
    if len(port.text) > len(str(_MAX_PORT)) or not 1 <= int(port.text) <= _MAX_PORT:
        raise port.fault(0, "the port is out of range", _PORT)
    return int(port.text)
