"""What subscriptions ask of the rest of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from portcall.caller import Caller

#: Returns the caller of the request at hand.
Who: TypeAlias = "Callable[[], Caller]"
#: Returns a name for a caller with their credentials: the same on every replica, and saying nothing.
Partition: TypeAlias = "Callable[[Caller], str]"
#: Raises UnauthorizedError or ForbiddenError where the request at hand would be refused by now.
Recheck: TypeAlias = "Callable[[], Awaitable[None]]"


async def no_recheck() -> None:
    """Find nothing against the request at hand: for a server that lets everybody in."""


class Tags(Protocol):
    """Where tags point to, asked of their registries."""

    def may_watch(self, name: str) -> None:
        """Return where a tag of ``name`` may be watched.

        Args:
            name: Registry and repository, e.g. ``"docker.io/library/nginx"``.

        Raises:
            BlockedError: Its registry is neither listed nor well known, or may not be asked at all.
        """

    def forget(self, name: str, tag: str) -> None:
        """Believe nothing that is kept of what a tag points to: it is known to have moved."""

    async def digest_now(self, caller: Caller, name: str, tag: str) -> str:
        """Return the digest that a tag has now, asked of the registry itself, with what ``caller`` may use there.

        Raises:
            NotFoundError: There is no such tag, or none that this caller may see.
            PortcallError: It cannot be told.
        """
