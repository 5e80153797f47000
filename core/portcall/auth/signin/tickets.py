"""What clients asked for, until somebody has said yes or no: a ticket each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.auth.signin.handles import LONGEST, key_of, new_handle
from portcall.auth.signin.records import Kept, Records

if TYPE_CHECKING:
    from portcall.seal import Seal
    from portcall.state.store import StateStore

#: Seconds that somebody has to sign in.
LIFETIME = 600.0
#: How often one ticket's holder may fail to.
FAILURES = 5
#: Most tickets at a time: anybody may ask for one.
AT_MOST = 5000


class Ticket(Kept):
    """What a client asked for.

    Args:
        client_id: Which client.
        redirect_uri: Where it wants people sent back to; checked against its registration.
        redirect_named: Whether it said so itself: then it has to repeat it for the code.
        state: What it gets back with the answer.
        scopes: What it wants to be allowed.
        challenge: PKCE's, by S256.
    """

    client_id: str
    redirect_uri: str
    redirect_named: bool
    state: str | None
    scopes: tuple[str, ...]
    challenge: str


class Tickets:
    """All tickets.

    Args:
        store: Where they are kept.
        seal: What closes them.
    """

    def __init__(self, store: StateStore, seal: Seal) -> None:
        self._store = store
        self._records = Records(store, seal, "ticket", Ticket, at_most=AT_MOST)

    async def issue(self, ticket: Ticket) -> str:
        """Return the handle of a new ticket."""
        handle = new_handle()
        await self._records.put(key_of(handle), ticket, LIFETIME)
        return handle

    async def find(self, handle: str) -> Ticket | None:
        """Return a ticket that nobody has used yet."""
        return await self._records.get(key_of(handle)) if handle and len(handle) <= LONGEST else None

    async def take(self, handle: str) -> Ticket | None:
        """Return a ticket and end it: one answer a ticket, whoever else answers at the same time."""
        key = key_of(handle)
        ticket = await self._records.take(key)
        await self._store.drop("ticket-browser", key)
        return ticket

    async def bind(self, handle: str, browser: str) -> bool:
        """Tell whether a ticket is this browser's: it belongs to the first that opens it.

        Args:
            handle: The ticket's.
            browser: Tells this browser from all others; no secret.
        """
        key = key_of(handle)
        if await self._store.add("ticket-browser", key, browser.encode(), LIFETIME):
            return True
        return await self._store.get("ticket-browser", key) == browser.encode()

    async def fail(self, handle: str) -> bool:
        """Note that somebody failed to sign in; tell whether the ticket ended by that."""
        key = key_of(handle)
        if await self._store.count("ticket-failures", key, LIFETIME) < FAILURES:
            return False
        await self._records.drop(key)
        return True
