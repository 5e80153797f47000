"""Credentials that a plugin gives: for the hosts that it named, and for no others."""

from __future__ import annotations

import asyncio
import inspect
import re
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portcall.daemon import beside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pluggy

    from portcall.http.upstream import Credentials

#: A host, or a pattern of hosts whose last two labels are literal: ``*`` or ``*.com`` would be every stranger's.
_PATTERN = re.compile(r"(?:[a-z0-9*?-]+\.)*[a-z0-9-]+\.[a-z0-9-]+(?::[0-9]{1,5})?\Z|[a-z0-9-]+(?::[0-9]{1,5})?\Z")
#: Seconds between two looks at a thread that nobody waits for any more.
_LOOK = 0.02


@dataclass(frozen=True, slots=True)
class PluginProvider:
    """A plugin's ``portcall_credentials``, as a :class:`~portcall.credentials.CredentialProvider`.

    Args:
        name: Whose they are: ``"portcall-ecr:ecr"``.
        patterns: The hosts that the plugin named.
        hook: Its ``portcall_credentials``, called by keyword.
        patience: Seconds after which a thread that nobody waits for any more is taken to hang.
    """

    name: str
    patterns: tuple[str, ...]
    hook: Callable[..., Any] = field(repr=False)
    patience: float = 10.0
    _left: list[_Question] = field(default_factory=list, init=False, repr=False, compare=False)

    async def credentials(self, registry: str, repository: str) -> Credentials | None:
        """Return what the plugin gives for a registry.

        Raises:
            TimeoutError: It still hangs over an earlier question; it gets no more threads meanwhile.
            Exception: Whatever the plugin does wrong; what it gives, the caller has yet to look at.
        """
        await self._until_free()
        # A plain function may wait for a network, and must not keep everybody else waiting.
        question = _Question(lambda: self.hook(registry=registry, repository=repository))
        try:
            given = await beside("plugin", question.ask)
        finally:
            if not question.is_over.is_set():
                self._left.append(question)
        answer: Credentials | None = await given if inspect.isawaitable(given) else given
        return answer

    async def _until_free(self) -> None:
        """Wait for the threads whose callers have left: nobody can stop them, but no others have to join them."""
        while self._left:
            self._left[:] = [question for question in self._left if not question.is_over.is_set()]
            if any(question.age > self.patience for question in self._left):
                raise TimeoutError
            if self._left:
                await asyncio.sleep(_LOOK)


class _Question:
    """A hook being asked in a thread, which may outlive whoever waits for it."""

    def __init__(self, ask: Callable[[], Any]) -> None:
        self._ask = ask
        self._began = time.monotonic()
        self.is_over = threading.Event()

    @property
    def age(self) -> float:
        """How long ago it began, in seconds."""
        return time.monotonic() - self._began

    def ask(self) -> Any:
        try:
            return self._ask()
        finally:
            self.is_over.set()


def credentials_of(manager: pluggy.PluginManager, name: str, hosts: Iterable[Any]) -> PluginProvider | None:
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

    return PluginProvider(name, patterns, hook)
