"""Authorization codes: what a client takes from the browser and changes into tokens, once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mcp.server.auth.provider import AuthorizationCode
from pydantic import AnyUrl, Field

from portcall.auth.signin.grants import Grant  # noqa: TC001 - pydantic reads the annotation
from portcall.auth.signin.handles import LONGEST, key_of, new_handle
from portcall.auth.signin.records import Kept, Records
from portcall.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from portcall.auth.signin.grants import Grants
    from portcall.auth.signin.tickets import Ticket
    from portcall.seal import Seal
    from portcall.state.store import StateStore

_log = get_logger(__name__)

#: Seconds that a code lasts.
LIFETIME = 60.0
#: Seconds that it is remembered that a code was used, and what came of it.
REMEMBERED = 600.0
#: How often its client may show a code, with whichever PKCE verifier.
TRIES = 5


class Code(AuthorizationCode):
    """The SDK's code, in no ``repr``."""

    code: str = Field(repr=False)


class _Pending(Kept):
    grant: Grant
    redirect_uri: str
    redirect_named: bool
    challenge: str
    ends: float


class _Used(Kept):
    grant: str
    client_id: str


class Codes:
    """All codes.

    A code is burnt by its use, not by an attempt: whoever shows it as another client, or with a wrong verifier,
    must not take it from the client that it was made for. Guessing a verifier is bounded by :data:`TRIES`. A code
    that its client shows once more after its use was stolen, by whoever came first or by whoever comes now; so
    what came of it is revoked (RFC 6749 §4.1.2).

    Args:
        store: Where they are kept.
        seal: What closes them.
        grants: Where what comes of them is kept.
        resource: What their tokens are for.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        store: StateStore,
        seal: Seal,
        grants: Grants,
        *,
        resource: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._pending = Records(store, seal, "code", _Pending)
        self._used = Records(store, seal, "code-used", _Used)
        self._grants = grants
        self._resource = resource
        self._clock = clock

    async def issue(self, ticket: Ticket, grant: Grant) -> str:
        """Return a code for ``grant``, which is kept only when the code is used."""
        handle = new_handle()
        pending = _Pending(
            grant=grant,
            redirect_uri=ticket.redirect_uri,
            redirect_named=ticket.redirect_named,
            challenge=ticket.challenge,
            ends=self._clock() + LIFETIME,
        )
        await self._pending.put(key_of(handle), pending, LIFETIME)
        return handle

    async def find(self, handle: str, client_id: str) -> Code | None:
        """Return a client's code, for the SDK to check all that it is bound to."""
        if len(handle) > LONGEST:
            return None
        key = key_of(handle)
        pending = await self._pending.get(key)
        if pending is None:
            await self._note_reuse(key, client_id)
            return None
        if pending.grant.client_id != client_id:
            return None
        if await self._store.count("code-tries", key, LIFETIME) > TRIES:
            await self._pending.drop(key)
            return None
        return Code(
            code=handle,
            scopes=list(pending.grant.scopes),
            expires_at=pending.ends,
            client_id=client_id,
            code_challenge=pending.challenge,
            redirect_uri=AnyUrl(pending.redirect_uri),
            redirect_uri_provided_explicitly=pending.redirect_named,
            resource=self._resource,
        )

    async def redeem(self, handle: str) -> Grant | None:
        """Use a code: keep its grant and return it; ``None`` where somebody else has used it meanwhile."""
        key = key_of(handle)
        pending = await self._pending.get(key)
        if pending is None:
            return None
        grant = pending.grant
        # This is where one of many who use it at once wins. The mark outlives the code.
        if not await self._used.add(key, _Used(grant=grant.id, client_id=grant.client_id), REMEMBERED):
            await self._revoke(key, grant.id)
            return None
        await self._pending.drop(key)
        await self._grants.keep(grant)
        # Whoever came second may have revoked it before it was there: they leave a mark first.
        if await self._store.get("code-reused", key) is not None:
            await self._grants.revoke(grant.id)
            return None
        return grant

    async def _note_reuse(self, key: str, client_id: str) -> None:
        used = await self._used.get(key)
        if used is not None and used.client_id == client_id:
            await self._revoke(key, used.grant)

    async def _revoke(self, key: str, grant: str) -> None:
        await self._store.put("code-reused", key, b"", REMEMBERED)
        await self._grants.revoke(grant)
        _log.warning("authorization_code_reused", outcome="what came of it is revoked")
