"""Which registry hosts may be asked at all: ``allow_hosts`` and ``deny_hosts``."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from portcall.errors import BlockedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from portcall.http.origin import Origin
    from portcall.http.upstream import Upstream


class HostPolicy:
    """The operator's word on hosts.

    Args:
        allow: Patterns (``*.corp.example``) of registries that may be asked.
        deny: Patterns of hosts that may not, neither as registries nor on the way (redirects, realms).
    """

    def __init__(self, allow: Sequence[str] = ("*",), deny: Sequence[str] = ()) -> None:
        self._allow = tuple(pattern.lower() for pattern in allow)
        self._deny = tuple(pattern.lower() for pattern in deny)

    def check_registry(self, upstream: Upstream) -> None:
        """Let the registry pass.

        Raises:
            BlockedError: It is denied, or not among those allowed.
        """
        if not _matches(self._allow, _names(upstream.registry)):
            raise BlockedError(
                f"the registry {upstream.registry} is not allowed here",
                hint="The operator's network.allow_hosts decides which registries may be asked.",
                registry=upstream.registry,
            )
        if _matches(self._deny, _names(upstream.registry)):
            raise self._denied(upstream.registry)

    def allows(self, registry: str) -> bool:
        """Tell whether a registry of that name may be asked."""
        return _matches(self._allow, _names(registry)) and not _matches(self._deny, _names(registry))

    def check_origin(self, origin: Origin) -> None:
        """Let a connection pass.

        Raises:
            BlockedError: The host is denied.
        """
        if _matches(self._deny, origin.names):
            raise self._denied(origin.netloc)

    def names(self, origin: Origin) -> bool:
        """Tell whether the operator allowed this very host by more than a ``*``."""
        return _matches([pattern for pattern in self._allow if pattern.strip("*?.")], origin.names)

    @staticmethod
    def _denied(host: str) -> BlockedError:
        return BlockedError(
            f"the host {host} is denied here",
            hint="The operator's network.deny_hosts names it.",
            registry=host,
        )


def _names(registry: str) -> frozenset[str]:
    """Return ``host:port``, and the host alone, which is what most patterns mean."""
    host, _, port = registry.rpartition(":")
    return frozenset({registry, host} if host and port.isdigit() else {registry})


def _matches(patterns: Iterable[str], names: Iterable[str]) -> bool:
    # As it stands, too: the brackets of an IPv6 address are no pattern.
    return any(name == pattern or fnmatchcase(name, pattern) for name in names for pattern in patterns)
