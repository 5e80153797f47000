"""Access and refresh tokens: opaque, known by their hash, and good for as long as their grant is."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from mcp.server.auth.provider import RefreshToken
from mcp.shared.auth import OAuthToken
from pydantic import Field

from portcall.auth.signin.handles import LONGEST, key_of, new_handle
from portcall.auth.signin.records import Kept, Records
from portcall.errors import PortcallError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portcall.auth.signin.grants import Grant
    from portcall.seal import Seal
    from portcall.state.store import StateStore

#: Seconds that an access token lasts.
LIFETIME = 3600.0
#: Seconds in which a client that shows a used refresh token again gets the same answer again. Its line may have
#: broken, or two of its processes share the token; without this they would lose the sign-in (RFC 9700 §4.14.2
#: leaves it open). A thief gains little: both then hold the same new token, and the next use but one tells.
GRACE = 10.0


class Refresh(RefreshToken):
    """The SDK's refresh token, in no ``repr``, with its grant."""

    token: str = Field(repr=False)
    grant: str


class Issued(Kept):
    """What is kept of a token.

    Args:
        grant: The grant that it came of.
        client_id: The client that it was issued to.
        scopes: What it is good for.
        ends: When it is over, in seconds since 1970.
    """

    grant: str
    client_id: str
    scopes: tuple[str, ...]
    ends: float


class _Spent(Issued):
    """A refresh token that was used.

    Args:
        answer: The hash of the access token that it was changed into.
    """

    answer: str


class _Pair(Kept):
    """What a client is answered, and gets once more if it asks again at once."""

    access: str = Field(repr=False)
    refresh: str = Field(repr=False)
    scopes: tuple[str, ...]


class Tokens:
    """All tokens.

    Args:
        store: Where they are kept.
        seal: What closes them.
        clock: Seconds since 1970.
    """

    def __init__(self, store: StateStore, seal: Seal, *, clock: Callable[[], float] = time.time) -> None:
        self._access = Records(store, seal, "access", Issued)
        self._refresh = Records(store, seal, "refresh", Issued)
        self._spent = Records(store, seal, "refresh-used", _Spent)
        self._answers = Records(store, seal, "refresh-answer", _Pair)
        self._clock = clock

    async def issue(self, grant: Grant) -> OAuthToken:
        """Return the first tokens of a grant."""
        return await self._issued(_new_pair(grant.scopes), grant, grant.scopes)

    async def access(self, token: str) -> Issued | None:
        """Return what is kept of an access token that is not over; its grant may be."""
        return await self._access.get(key_of(token)) if len(token) <= LONGEST else None

    async def refresh(self, token: str, client_id: str) -> Refresh | None:
        """Return a client's refresh token that is not over, used or not."""
        if len(token) > LONGEST:
            return None
        key = key_of(token)
        issued = await self._refresh.get(key) or await self._spent.get(key)
        if issued is None or issued.client_id != client_id:
            return None
        return Refresh(
            token=token,
            client_id=client_id,
            scopes=list(issued.scopes),
            expires_at=int(issued.ends),
            grant=issued.grant,
        )

    async def rotate(self, token: Refresh, grant: Grant, scopes: Sequence[str]) -> OAuthToken | None:
        """Use a refresh token: return new ones in its place, or ``None`` where it was used before.

        Args:
            token: The refresh token.
            grant: Its grant.
            scopes: What the access token shall be good for; the refresh token stays good for what it was.
        """
        key = key_of(token.token)
        new = _new_pair(tuple(dict.fromkeys(scopes)))
        # Where somebody has just used it: whoever asks for the same at once gets the same.
        pair = new if await self._answers.add(key, new, GRACE) else await self._answers.get(key)
        if pair is None or set(pair.scopes) != set(scopes):
            return None
        # Written first, and only then is the old one spent: where the store fails between, nobody has seen the new
        # ones, and the old one is as good as before. Whoever comes again must not be taken for a thief.
        issued = await self._issued(pair, grant, token.scopes)
        if not await self._spend(key, pair, token, grant):
            await self._answers.drop(key)
            await self._access.drop(key_of(pair.access))
            await self._refresh.drop(key_of(pair.refresh))
            return None
        with suppress(PortcallError):  # it is marked as spent, whether it is there or not
            await self._refresh.drop(key)
        return issued

    async def _spend(self, key: str, pair: _Pair, token: Refresh, grant: Grant) -> bool:
        """Mark a refresh token as used for this pair, for as long as its grant lasts; tell whether it is so.

        This is where one of many pairs wins, whenever they come. Those who found the same pair agree.
        """
        spent = _Spent(
            grant=grant.id,
            client_id=grant.client_id,
            scopes=tuple(token.scopes),
            ends=grant.ends,
            answer=key_of(pair.access),
        )
        if await self._spent.add(key, spent, self._left(grant)):
            return True
        before = await self._spent.get(key)
        return before is not None and before.answer == spent.answer

    async def _issued(self, pair: _Pair, grant: Grant, refresh_scopes: Sequence[str]) -> OAuthToken:
        seconds = min(LIFETIME, self._left(grant))
        access = Issued(
            grant=grant.id, client_id=grant.client_id, scopes=pair.scopes, ends=self._clock() + seconds
        )
        refresh = Issued(grant=grant.id, client_id=grant.client_id, scopes=tuple(refresh_scopes), ends=grant.ends)
        await self._access.put(key_of(pair.access), access, seconds)
        await self._refresh.put(key_of(pair.refresh), refresh, self._left(grant))
        return OAuthToken(
            access_token=pair.access,
            refresh_token=pair.refresh,
            expires_in=int(seconds),
            scope=" ".join(pair.scopes),
        )

    def _left(self, grant: Grant) -> float:
        return grant.ends - self._clock()


def _new_pair(scopes: tuple[str, ...]) -> _Pair:
    return _Pair(access=new_handle(), refresh=new_handle(), scopes=scopes)
