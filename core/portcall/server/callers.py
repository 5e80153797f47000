"""Who asks, and the gateway as they have it."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from mcp.server.auth.middleware.auth_context import get_access_token

from portcall.auth.caller_token import CallerToken
from portcall.errors import UnauthorizedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from portcall.caller import Caller
    from portcall.gateway import Portcall

#: Identity, name, and each login by a name that tells nothing of it.
_Key = tuple[str, str, tuple[tuple[str, str], ...]]
#: Callers whose gateways are kept, and the seconds for which one is that nobody uses: logins are in it.
_MOST_CALLERS = 1024
_IDLE_SECONDS = 900.0


class Callers:
    """Finds the caller of the request at hand.

    Args:
        portcall: The gateway of all callers together.
        anybody: Who asks without a token; ``None`` where that may not be.
        clock: Where the time comes from, in seconds; never set back.
    """

    def __init__(
        self, portcall: Portcall, anybody: Caller | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._portcall = portcall
        self._anybody = anybody
        self._clock = clock
        #: With the time when each was used last, that one first which was used longest ago.
        self._views: OrderedDict[_Key, tuple[Portcall, float]] = OrderedDict()

    @property
    def are_told_apart(self) -> bool:
        """Whether everybody has to say who they are."""
        return self._anybody is None

    def at_hand(self) -> Caller:
        """Return who asks.

        Raises:
            UnauthorizedError: Nobody knows, where everybody has to show a token.
        """
        token = get_access_token()
        if isinstance(token, CallerToken):
            return token.caller
        if self._anybody is None or token is not None:
            # Authentication stands before this; should it ever not, nobody is served.
            raise UnauthorizedError("nobody knows who asks", hint="Send a bearer token.")
        return self._anybody

    def gateway(self) -> Portcall:
        """Return the gateway as the caller at hand has it.

        Raises:
            UnauthorizedError: Nobody knows who asks.
        """
        return self.gateway_of(self.at_hand())

    def gateway_of(self, caller: Caller) -> Portcall:
        """Return the gateway as ``caller`` has it."""
        logins = tuple((registry, login.identity) for registry, login in sorted(caller.logins.items()))
        # Whoever signs in again may do so with another login.
        key = (caller.identity, caller.name, logins)
        view, _ = self._views.get(key) or (self._portcall.seen_by(caller), 0.0)
        now = self._clock()
        self._views[key] = (view, now)
        self._views.move_to_end(key)
        self._forget_idle(now)
        return view

    def _forget_idle(self, now: float) -> None:
        while len(self._views) > _MOST_CALLERS or now - next(iter(self._views.values()))[1] > _IDLE_SECONDS:
            self._views.popitem(last=False)
