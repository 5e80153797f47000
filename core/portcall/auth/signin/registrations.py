"""Clients that registered themselves: what they said, as far as it is kept, and for how long."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mcp.server.auth.provider import RegistrationError
from mcp.shared.auth import InvalidRedirectUriError, OAuthClientInformationFull
from pydantic import AnyUrl, Field

from portcall.auth.signin.handles import LONGEST, key_of
from portcall.auth.signin.records import Records
from portcall.auth.signin.redirects import MOST, fault_of, is_same_but_for_port
from portcall.logs import get_logger
from portcall.render.untrusted import plain_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portcall.seal import Seal
    from portcall.state.store import StateStore

_log = get_logger(__name__)

_DAY = 86_400.0
#: Seconds that a registration lasts beyond its last use.
UNUSED = 90 * _DAY
#: Seconds until somebody has to have signed in through it.
UNPROVEN = 7 * _DAY
#: Most registrations: of those that nobody has signed in through yet, where for each more the oldest goes, for
#: anybody may register; and of the others, which no stranger can crowd out.
AT_MOST = 5000
_LONGEST_NAME = 80
_GRANT_TYPES = ("authorization_code", "refresh_token")


class RegisteredClient(OAuthClientInformationFull):
    """A client's registration, as it is kept.

    Args:
        renewed: When its time began last, in seconds since 1970; 0 where nobody has signed in through it yet.
    """

    client_secret: str | None = Field(default=None, repr=False)
    renewed: float = 0

    def validate_redirect_uri(self, redirect_uri: AnyUrl | None) -> AnyUrl:
        """Return where to send people back to: as registered, on loopback with any port.

        Raises:
            InvalidRedirectUriError: It is not one of those registered, or none was named and there are several.
        """
        if redirect_uri is None:
            return super().validate_redirect_uri(None)
        # The SDK parses the two under different rules: only one of them writes an empty path as "/".
        asked = str(AnyUrl(str(redirect_uri)))
        for registered in self.redirect_uris or ():
            if is_same_but_for_port(asked, str(AnyUrl(str(registered)))):
                return redirect_uri
        raise InvalidRedirectUriError("redirect_uri is not one of those that the client registered")


class Registrations:
    """All registered clients.

    Args:
        store: Where they are kept.
        seal: What closes them: they hold the clients' secrets.
        scopes: What any client may ask for; a registration is no grant.
        schemes: Private-use schemes that redirect URIs may have.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        store: StateStore,
        seal: Seal,
        *,
        scopes: Sequence[str],
        schemes: frozenset[str] = frozenset(),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._new = Records(store, seal, "client-new", RegisteredClient, at_most=AT_MOST)
        self._proven = Records(store, seal, "client", RegisteredClient)
        self._scopes = " ".join(scopes)
        self._schemes = schemes
        self._clock = clock

    async def register(self, told: OAuthClientInformationFull) -> None:
        """Keep a registration; ``told`` becomes what is kept of it, for that is what the client is answered.

        Raises:
            RegistrationError: What the client said cannot be accepted.
        """
        self._accept(told)
        client = RegisteredClient.model_validate(told.model_dump())
        await self._new.put(key_of(told.client_id), client, UNPROVEN)

    async def find(self, client_id: str) -> RegisteredClient | None:
        """Return a registration, its time renewed where that is due."""
        if len(client_id) > LONGEST:
            return None
        key = key_of(client_id)
        client = await self._proven.get(key)
        if client is None:
            client = await self._new.get(key)
        elif self._clock() - client.renewed > _DAY:
            await self._keep(key, client)
        # All that this server gives now: another setting must not need another registration.
        return client.model_copy(update={"scope": self._scopes}) if client else None

    async def prove(self, client_id: str) -> None:
        """Note that somebody has signed in through a client."""
        key = key_of(client_id)
        client = await self._new.get(key)
        # Kept first, then dropped: at no time is there none.
        if client is not None and await self._keep(key, client):
            await self._new.drop(key)

    async def _keep(self, key: str, client: RegisteredClient) -> bool:
        if not await self._store.enter("clients", "", key, UNUSED, AT_MOST):
            _log.warning("client_not_kept", reason="no room", at_most=AT_MOST)
            return False
        await self._proven.put(key, client.model_copy(update={"renewed": self._clock()}), UNUSED)
        return True

    def _accept(self, told: OAuthClientInformationFull) -> None:
        uris = [str(uri) for uri in told.redirect_uris or ()]
        if not 0 < len(uris) <= MOST:
            raise RegistrationError("invalid_redirect_uri", f"a client registers 1 to {MOST} redirect URIs")
        for number, uri in enumerate(uris, start=1):
            fault = fault_of(uri, self._schemes)
            if fault is not None:
                raise RegistrationError("invalid_redirect_uri", f"redirect URI {number} is refused: {fault}")
        told.client_name = plain_line(told.client_name or "", _LONGEST_NAME) or None
        told.scope = self._scopes
        told.grant_types = [name for name in _GRANT_TYPES if name in told.grant_types]
        told.response_types = ["code"]
        told.application_type = told.application_type if told.application_type in {"web", "native"} else None
        # Nobody reads the others, and they are shown to nobody.
        for name in ("client_uri", "logo_uri", "tos_uri", "policy_uri", "jwks_uri", "jwks", "contacts"):
            setattr(told, name, None)
        told.software_id = told.software_version = None
