"""Where tags point to, for those who watch them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.errors import BlockedError

if TYPE_CHECKING:
    from portcall.caller import Caller
    from portcall.gateway import Portcall
    from portcall.server.callers import Callers


class GatewayTags:
    """Tags as the gateway reaches them, each asked for as the caller who watches it.

    Args:
        portcall: The gateway of all callers together.
        callers: Finds the gateway as one of them has it.
    """

    def __init__(self, portcall: Portcall, callers: Callers) -> None:
        self._portcall = portcall
        self._callers = callers

    def may_watch(self, name: str) -> None:
        """Return where a tag of ``name``, registry and repository, may be watched.

        Raises:
            BlockedError: Nobody vouches for its registry: whoever names one shall not have it asked for ever.
            InvalidReferenceError: That is no name.
        """
        if not self._portcall.knows(name):
            raise BlockedError(
                "tags are watched at listed and well-known registries alone",
                hint="The operator can list others under [registries].",
            )

    def forget(self, name: str, tag: str) -> None:
        """Believe nothing that this process keeps of what a tag points to: it is known to have moved."""
        self._portcall.outdate(f"{name}:{tag}")

    async def digest_now(self, caller: Caller, name: str, tag: str) -> str:
        """Return the digest that a tag has now, asked of the registry itself, as ``caller``.

        Raises:
            NotFoundError: There is no such tag, or none that this caller may see.
            PortcallError: It cannot be told.
        """
        return await self._callers.gateway_of(caller).digest_now(f"{name}:{tag}")
