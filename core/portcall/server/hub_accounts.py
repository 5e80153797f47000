"""Whether a Docker Hub login is good: asked by the very backend that will use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.caller import Caller
from portcall.deadline import deadline
from portcall.errors import ConfigurationError, UnauthorizedError
from portcall.http.upstream import Credentials

if TYPE_CHECKING:
    from portcall.gateway import Portcall

#: The registry that people sign in with.
HUB = "docker.io"
#: Seconds that Docker Hub has to say so, while a person waits.
_PATIENCE = 15.0


class HubAccounts:
    """Docker Hub accounts, as the gateway reaches them.

    Args:
        portcall: The gateway.

    Raises:
        ConfigurationError: Docker Hub is configured to be where no login may go.
    """

    def __init__(self, portcall: Portcall) -> None:
        self._portcall = portcall
        if withheld := portcall.seen_by(_signing_in(Credentials("somebody", "secret"))).withheld(HUB):
            raise ConfigurationError(
                f"nobody could sign in: {withheld}",
                hint=f'If people\'s logins may go there, write it into auth_hosts under [registries."{HUB}"].',
            )

    async def check(self, credentials: Credentials) -> str:
        """Return the account's name, once it has signed in.

        Raises:
            UnauthorizedError: The name or the secret is not accepted.
            PortcallError: Nobody can tell: Docker Hub is out of reach, or asks for a pause.
        """
        if "@" in credentials.username:
            raise UnauthorizedError(
                "an e-mail address is no Docker ID", hint="Sign in with your Docker ID, as docker login shows it."
            )
        backend = await self._portcall.seen_by(_signing_in(credentials)).backend(HUB)
        async with deadline(_PATIENCE):
            return await backend.account()


def _signing_in(credentials: Credentials) -> Caller:
    return Caller("", "", logins={HUB: credentials})
