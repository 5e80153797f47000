"""Docker Hub, as far as signing in needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from portcall.http.upstream import Credentials


class HubAccounts(Protocol):
    """Tells whose credentials these are."""

    async def check(self, credentials: Credentials) -> str:
        """Return the account's canonical user name.

        Raises:
            UnauthorizedError: The credentials are refused.
            PortcallError: Any other: Docker Hub could not tell.
        """
