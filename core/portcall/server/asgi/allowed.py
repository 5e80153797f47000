"""Which hosts a server answers to, and which web pages may talk to it."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from portcall.errors import ConfigurationError
from portcall.server.asgi.addresses import bind_address_is_loopback
from portcall.server.asgi.authority import DEFAULT_PORTS, Authority, Origin, parse_authority, parse_origin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from portcall.settings.model import ServerSettings


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """The names under which this server may be asked.

    Args:
        public: Where people find it, if that was said.
        patterns: Others: ``portcall.internal``, ``*.corp.example:8443``; without a port, at any.
    """

    public: Origin | None = None
    patterns: tuple[str, ...] = ()

    @classmethod
    def of(cls, server: ServerSettings) -> AllowedHosts:
        """Return what the settings allow.

        Raises:
            ConfigurationError: ``server.public_url`` has no host.
        """
        return cls(public_origin(server.public_url), server.allowed_hosts)

    def include(self, host: Authority, *, on_loopback: bool) -> bool:
        """Tell whether a request may name ``host``.

        Args:
            host: What it named.
            on_loopback: Whether it came from this machine, where a browser has no other name to be led astray by.
        """
        if on_loopback and bind_address_is_loopback(host.host):
            return True
        if self.public and _is_at(self.public, host):
            return True
        names = {host.host, str(host)}
        return any(_matches(pattern, name) for pattern in self.patterns for name in names)


@dataclass(frozen=True, slots=True)
class AllowedOrigins:
    """The web pages whose scripts may ask this server.

    Args:
        public: Where people find it, if that was said.
        patterns: Others: ``https://inspector.example``, ``http://localhost:*``.
    """

    public: Origin | None = None
    patterns: tuple[str, ...] = ()

    @classmethod
    def of(cls, server: ServerSettings) -> AllowedOrigins:
        """Return what the settings allow.

        Raises:
            ConfigurationError: ``server.public_url`` has no host, or an origin is none.
        """
        return cls(public_origin(server.public_url), tuple(_origin_patterns(server.allowed_origins)))

    def are_own(self, origin: Origin, asked: Origin) -> bool:
        """Tell whether a page is one of this server's own, which asks nothing of another origin.

        Args:
            origin: Where the page comes from.
            asked: What it asked.
        """
        return origin.is_same(asked) or (self.public is not None and origin.is_same(self.public))

    def include(self, origin: Origin) -> bool:
        """Tell whether another server's page may ask this one."""
        return any(_matches(pattern, str(origin)) for pattern in self.patterns)


def public_origin(url: str) -> Origin | None:
    """Return the origin of ``server.public_url``; ``None`` where that is empty.

    Raises:
        ConfigurationError: It is not a URL with a host.
    """
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    authority = parse_authority(parts.netloc)
    if authority is None or parts.scheme not in DEFAULT_PORTS:
        raise ConfigurationError(
            "server.public_url is no URL of a server",
            hint="Write it like https://portcall.corp.example, without credentials.",
        )
    return Origin(parts.scheme, authority)


def _origin_patterns(written: Iterable[str]) -> Iterable[str]:
    for text in written:
        # With something in the place of a `*` it has to be an origin: what has a path, say, would match none.
        sample = text.lower().removesuffix("/").replace(":*", ":1").replace("*", "a").replace("?", "a")
        if text != "*" and parse_origin(sample) is None:
            raise ConfigurationError(
                "server.allowed_origins has an entry that is no origin",
                hint="Write each like https://inspector.example or http://localhost:*, without a path.",
            )
        yield text.lower().removesuffix("/")


def _is_at(public: Origin, host: Authority) -> bool:
    ports = {public.authority.port_for(public.scheme)}
    return host.host == public.authority.host and host.port_for(public.scheme) in ports


def _matches(pattern: str, name: str) -> bool:
    # The brackets of an IPv6 address are no pattern.
    return fnmatchcase(name, pattern.replace("[", "[[]"))
