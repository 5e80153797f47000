"""The SDK's authorization server protocol, kept by our records and Docker Hub's word."""

from __future__ import annotations

import re
import secrets
import time
from types import MappingProxyType
from typing import TYPE_CHECKING

from mcp.server.auth.provider import (
    AuthorizationParams,
    AuthorizeError,
    OAuthAuthorizationServerProvider,
    TokenError,
)
from pydantic import AnyHttpUrl, ValidationError

from portcall.auth.caller_token import CallerToken
from portcall.auth.signin.codes import Code, Codes
from portcall.auth.signin.grants import LIFETIME, Grant, Grants
from portcall.auth.signin.redirects import usable_schemes
from portcall.auth.signin.registrations import RegisteredClient, Registrations
from portcall.auth.signin.tickets import Ticket, Tickets
from portcall.auth.signin.tokens import Refresh, Tokens
from portcall.caller import SCOPES, Caller
from portcall.errors import PortcallError, UnauthorizedError
from portcall.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mcp.shared.auth import OAuthClientInformationFull, OAuthToken

    from portcall.auth.signin.hub_accounts import HubAccounts
    from portcall.http.upstream import Credentials
    from portcall.seal import Seal
    from portcall.state.store import StateStore

_log = get_logger(__name__)

#: What SHA-256 gives in base64url (RFC 7636 §4.2): anything else is no challenge, or a verifier in plain sight.
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_LONGEST_STATE = 4096


def _everybody(_username: str) -> bool:
    return True


class DockerHubProvider(OAuthAuthorizationServerProvider[Code, Refresh, CallerToken]):
    """Signs people in by their Docker Hub login, and lets clients act for them.

    An outage of the store is raised from every method, as :class:`portcall.errors.UnreachableError`: it is never
    "no such token". The one exception is :meth:`authorize`, whose caller tells the client itself.

    Args:
        store: Keeps the records, for all replicas.
        seal: Closes them; the same for all replicas.
        accounts: Docker Hub.
        issuer: Our own URL, without a slash at its end.
        resource: The URL of what the tokens are for.
        scopes: What may be allowed at all; ``read`` always is.
        redirect_schemes: Private-use schemes that redirect URIs may have.
        lets_in: Tells by an account's name whether its owner may use this server.
        clock: Seconds since 1970.

    Raises:
        ConfigurationError: A redirect scheme is one that no client may have.
    """

    def __init__(
        self,
        store: StateStore,
        seal: Seal,
        accounts: HubAccounts,
        *,
        issuer: str,
        resource: str,
        scopes: Iterable[str] = ("read",),
        redirect_schemes: Iterable[str] = (),
        lets_in: Callable[[str], bool] = _everybody,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.store = store
        self.seal = seal
        self.accounts = accounts
        self.issuer = issuer.rstrip("/")
        self.resource = resource
        self.lets_in = lets_in
        self.scopes = tuple(scope for scope in SCOPES if scope in {"read", *scopes})
        self._clock = clock
        schemes = usable_schemes(redirect_schemes)
        self.registrations = Registrations(store, seal, scopes=self.scopes, schemes=schemes, clock=clock)
        self.tickets = Tickets(store, seal)
        self.grants = Grants(store, seal, clock=clock)
        self.codes = Codes(store, seal, self.grants, resource=resource, clock=clock)
        self.tokens = Tokens(store, seal, clock=clock)

    async def get_client(self, client_id: str) -> RegisteredClient | None:
        """Return a registered client."""
        return await self.registrations.find(client_id)

    async def register_client(self, client_info: OAuthClientInformationFull) -> None:
        """Register a client; ``client_info`` becomes what is kept of it.

        Raises:
            RegistrationError: What it said of itself cannot be accepted.
        """
        await self.registrations.register(client_info)

    async def authorize(self, client: OAuthClientInformationFull, params: AuthorizationParams) -> str:
        """Return the page where somebody says yes or no to what a client asks for.

        Raises:
            AuthorizeError: What it asks for cannot be given.
        """
        self._check(params)
        ticket = Ticket(
            client_id=client.client_id,
            redirect_uri=str(params.redirect_uri),
            redirect_named=params.redirect_uri_provided_explicitly,
            state=params.state,
            scopes=tuple(scope for scope in self.scopes if scope in {"read", *(params.scopes or ())}),
            challenge=params.code_challenge,
        )
        try:
            return f"{self.issuer}/signin?ticket={await self.tickets.issue(ticket)}"
        except PortcallError as error:
            _log.warning("sign_in_not_begun", code=error.code, reason=error.message)
            raise AuthorizeError("temporarily_unavailable", "signing in does not work just now") from None

    def _check(self, params: AuthorizationParams) -> None:
        if params.resource is not None and not _same_url(params.resource, self.resource):
            raise AuthorizeError("invalid_target", "this server gives tokens for itself alone")
        if not _CHALLENGE.fullmatch(params.code_challenge):
            raise AuthorizeError("invalid_request", "code_challenge is none by S256: 43 characters of base64url")
        if params.state is not None and len(params.state) > _LONGEST_STATE:
            raise AuthorizeError("invalid_request", f"state is longer than {_LONGEST_STATE} characters")

    async def approve(self, ticket: Ticket, credentials: Credentials, scopes: Iterable[str]) -> str:
        """Return a code for what somebody allowed, of what was asked for.

        Args:
            ticket: Taken: nobody else has it.
            credentials: Their login at Docker Hub, which accepted it.
            scopes: What they ticked.
        """
        grant = Grant(
            id=secrets.token_hex(16),
            username=credentials.username,
            secret=credentials.secret,
            client_id=ticket.client_id,
            scopes=tuple(scope for scope in ticket.scopes if scope in {"read", *scopes}),
            ends=self._clock() + LIFETIME,
        )
        return await self.codes.issue(ticket, grant)

    async def load_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: str
    ) -> Code | None:
        """Return a client's code, unless it is over or was used."""
        return await self.codes.find(authorization_code, client.client_id)

    async def exchange_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: Code
    ) -> OAuthToken:
        """Change a code, which the SDK has checked, into tokens.

        Raises:
            TokenError: Somebody else has used it meanwhile.
        """
        grant = await self.codes.redeem(authorization_code.code)
        if grant is None:
            raise TokenError("invalid_grant", "authorization code does not exist")
        await self.registrations.prove(client.client_id)
        return await self.tokens.issue(grant)

    async def load_refresh_token(self, client: OAuthClientInformationFull, refresh_token: str) -> Refresh | None:
        """Return a client's refresh token, used or not: a used one is dealt with when it is exchanged."""
        return await self.tokens.refresh(refresh_token, client.client_id)

    async def exchange_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: Refresh, scopes: list[str]
    ) -> OAuthToken:
        """Change a refresh token into new tokens.

        One that was used before was stolen, by whoever came first or by whoever comes now: the whole family ends,
        the Docker Hub login with it.

        Raises:
            TokenError: It was used before, or its grant is over, or Docker Hub no longer accepts the login.
        """
        grant = await self.grants.find(refresh_token.grant)
        if grant is None:
            raise TokenError("invalid_grant", "refresh token does not exist")
        if not self.lets_in(grant.username):
            await self.grants.revoke(grant.id)
            raise TokenError("invalid_grant", "this Docker ID may no longer use this server")
        await self._ask_hub_again(grant)
        tokens = await self.tokens.rotate(refresh_token, grant, scopes)
        if tokens is None:
            await self.grants.revoke(grant.id)
            _log.warning("refresh_token_reused", client=client.client_id, outcome="its sign-in is revoked")
            raise TokenError("invalid_grant", "refresh token was used before; sign in again")
        return tokens

    async def _ask_hub_again(self, grant: Grant) -> None:
        if not await self.grants.is_check_due(grant):
            return
        try:
            await self.accounts.check(grant.credentials)
        except UnauthorizedError:
            await self.grants.revoke(grant.id)
            raise TokenError("invalid_grant", "Docker Hub no longer accepts this sign-in; sign in again") from None
        except PortcallError as error:
            # It could not tell, and so nothing has changed.
            await self.grants.check_failed(grant)
            _log.warning("sign_in_not_checked", code=error.code)

    async def load_access_token(self, token: str) -> CallerToken | None:
        """Return whose access token this is; ``None`` where it is over, revoked, or none of ours."""
        issued = await self.tokens.access(token)
        grant = await self.grants.find(issued.grant) if issued else None
        if issued is None or grant is None or not self.lets_in(grant.username):
            return None
        caller = Caller(
            identity=f"dockerhub:{grant.username.lower()}",
            name=grant.username,
            # What the server no longer gives, it gives to nobody.
            scopes=frozenset(issued.scopes).intersection(self.scopes),
            logins=MappingProxyType({"docker.io": grant.credentials}),
        )
        return CallerToken.of(
            caller, token, client_id=issued.client_id, expires_at=int(issued.ends), resource=self.resource
        )

    async def revoke_token(self, token: CallerToken | Refresh) -> None:
        """End the sign-in that a token came of: all its tokens, and the Docker Hub login."""
        if isinstance(token, Refresh):
            await self.grants.revoke(token.grant)
            return
        issued = await self.tokens.access(token.token)
        if issued is not None:
            await self.grants.revoke(issued.grant)


def _same_url(one: str, other: str) -> bool:
    """Compare as the SDK's own check of tokens does: case and default port aside, and a slash at the end."""
    try:
        return str(AnyHttpUrl(one)).removesuffix("/") == str(AnyHttpUrl(other)).removesuffix("/")
    except ValidationError:
        return False
