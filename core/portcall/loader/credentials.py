"""Credentials that a plugin gives: for the hosts that it named, and for no others."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portcall.daemon import beside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pluggy

    from portcall.http.upstream import Credentials

#: A host, or a pattern of hosts whose last two labels are literal: ``*`` or ``*.com`` would be every stranger's.
_PATTERN = re.compile(r"(?:[a-z0-9*?-]+\.)*[a-z0-9-]+\.[a-z0-9-]+(?::[0-9]{1,5})?\Z|[a-z0-9-]+(?::[0-9]{1,5})?\Z")


@dataclass(frozen=True, slots=True)
class PluginCredentials:
    """What a plugin's ``portcall_credentials`` gives.

    Args:
        name: Whose they are: ``"portcall-ecr:ecr"``.
        patterns: The hosts that the plugin named.
        hook: Its ``portcall_credentials``, called by keyword.
    """

    name: str
    patterns: tuple[str, ...]
    hook: Callable[..., Any] = field(repr=False)

    async def credentials(self, registry: str, repository: str) -> Credentials | None:
        """Return what the plugin gives for a registry.

        Raises:
            Exception: Whatever the plugin does wrong; what it gives, the caller has yet to look at.
        """
        # A plain function may wait for a network, and must not keep everybody else waiting.
        given = await beside("plugin", lambda: self.hook(registry=registry, repository=repository))
        answer: Credentials | None = await given if inspect.isawaitable(given) else given
        return answer


def credentials_of(manager: pluggy.PluginManager, name: str, hosts: Iterable[Any]) -> PluginCredentials | None:
    """Return what a plugin gives credentials by, if it does.

    Args:
        manager: The plugin's own.
        name: Whose they are.
        hosts: What its ``portcall_credential_hosts`` returned, once for each implementation.

    Raises:
        TypeError: It implements one of the two hooks alone, or names no hosts.
        ValueError: A host is none, or too broad a pattern.
    """
    patterns = tuple(pattern for each in hosts for pattern in each)
    gives = bool(manager.hook.portcall_credentials.get_hookimpls())
    if not gives and not patterns:
        return None
    if not gives or not patterns:
        raise TypeError("implements one of portcall_credentials and portcall_credential_hosts; it takes both")
    for pattern in patterns:
        if not isinstance(pattern, str) or not _PATTERN.match(pattern):
            raise ValueError(f"{pattern!r} names no host, or too many: its last two labels have to be written out")

    def hook(registry: str, repository: str) -> Any:
        given = manager.hook.portcall_credentials(registry=registry, repository=repository)
        return given[0] if given else None

    return PluginCredentials(name, patterns, hook)
