"""Who allowed which client what: one grant a sign-in, and the Docker Hub login that goes with it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pydantic import Field

from portcall.auth.signin.records import Kept, Records
from portcall.http.upstream import Credentials

if TYPE_CHECKING:
    from collections.abc import Callable

    from portcall.seal import Seal
    from portcall.state.store import StateStore

#: Seconds that a grant lasts. They are fixed, and no refresh makes them more: once a month, a person says yes
#: again. And so nothing ever writes a grant a second time, which could bring back one that was just revoked.
LIFETIME = 30 * 86_400.0
#: Seconds between two questions to Docker Hub whether a login is still good.
CHECK_EVERY = 3600.0


class Grant(Kept):
    """One person's yes.

    Args:
        id: Names it, and with it the family of all tokens that come of it; no secret.
        username: Their Docker Hub account.
        secret: Their Docker Hub token; in no ``repr``.
        client_id: The client that was allowed.
        scopes: What it was allowed.
        ends: When it is over, in seconds since 1970.
    """

    id: str
    username: str
    secret: str = Field(repr=False)
    client_id: str
    scopes: tuple[str, ...]
    ends: float

    @property
    def credentials(self) -> Credentials:
        """The person's login at Docker Hub."""
        return Credentials(self.username, self.secret, source="your Docker Hub sign-in")


class Grants:
    """All grants.

    Args:
        store: Where they are kept.
        seal: What closes them.
        clock: Seconds since 1970.
    """

    def __init__(self, store: StateStore, seal: Seal, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._records = Records(store, seal, "grant", Grant)
        self._clock = clock

    async def keep(self, grant: Grant) -> None:
        """Keep a grant until it ends."""
        await self._records.put(grant.id, grant, grant.ends - self._clock())

    async def find(self, name: str) -> Grant | None:
        """Return a grant that is neither over nor revoked."""
        return await self._records.get(name)

    async def revoke(self, name: str) -> None:
        """Drop a grant and the login in it: none of its tokens is good for anything from now on."""
        await self._records.drop(name)

    async def is_check_due(self, grant: Grant) -> bool:
        """Tell whether Docker Hub is to be asked again; over all replicas, one is told so at a time."""
        return await self._store.add("grant-checked", grant.id, b"", CHECK_EVERY)

    async def check_failed(self, grant: Grant) -> None:
        """Note that Docker Hub could not tell: it is asked again next time."""
        await self._store.drop("grant-checked", grant.id)
