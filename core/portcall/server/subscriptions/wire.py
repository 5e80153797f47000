"""How messages reach other processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

Receive: TypeAlias = Callable[[bytes], None]


class Wire(Protocol):
    """Carries messages to all processes of a deployment, as well as it can: one that is lost is lost."""

    @property
    def reaches_others(self) -> bool:
        """Whether there may be other processes that hear."""

    async def start(self, receive: Receive) -> None:
        """Begin to hand every message that arrives to ``receive``, on this event loop."""

    async def send(self, message: bytes) -> None:
        """Send a message; whether it comes back to the sender is open.

        Raises:
            UnreachableError: It could not be sent.
        """

    async def aclose(self) -> None:
        """Let go of everything."""


class LocalWire:
    """The wire of a process that is alone."""

    reaches_others = False

    async def start(self, receive: Receive) -> None:
        """Do nothing: nobody else sends."""

    async def send(self, message: bytes) -> None:
        """Do nothing: nobody else listens."""

    async def aclose(self) -> None:
        """Do nothing: there is nothing to let go of."""
