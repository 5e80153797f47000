"""An issuer's signing keys as they are at the time: kept for a while, and fetched anew when they change."""

from __future__ import annotations

import asyncio
import copy
import math
import time
from contextvars import Context
from typing import TYPE_CHECKING

from portcall.auth.jwks import KeySet
from portcall.deadline import deadline
from portcall.errors import PortcallError, UnreachableError
from portcall.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from portcall.auth.discovery import IssuerDocument
    from portcall.auth.jwks import VerificationKey

#: Seconds for which keys are used without asking, whatever the issuer says, and where it says nothing.
_SHORTEST, _LONGEST, _USUAL = 300.0, 86_400.0, 300.0
#: Seconds past that time for which they have to do while the issuer cannot be asked.
_SPARE = 86_400.0
#: Seconds between two fetches: for a key that nobody knows, or after a failure; and after one that leaves us
#: without any keys.
_PAUSE, _SHORT_PAUSE = 30.0, 5.0

_ADVICE = "check auth.issuer and auth.jwks_url, which keys on another host of a private network need"

_log = get_logger("portcall.auth.jwks")


class IssuerKeys:
    """The keys of an issuer as they are at the time.

    Args:
        fetch: Returns the issuer's key set.
        patience: Seconds that a fetch may take, all in all.
        clock: Where the time comes from, in seconds; never set back.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[IssuerDocument]],
        *,
        patience: float = 3.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._patience = patience
        self._clock = clock
        self._held: KeySet | None = None
        self._expires = -math.inf
        self._ask_at = -math.inf
        self._failure: UnreachableError | None = None
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, kid: str | None, algorithm: str) -> VerificationKey | None:
        """Return the key for a token's ``kid`` and ``alg``; ``None`` where the issuer has no such key.

        Keys past their time are used while the issuer cannot be asked, for a day. A key that is not known may be
        a new one: the issuer is asked, though not more often than every half minute.

        Raises:
            UnreachableError: Nobody can tell: the issuer cannot be asked.
        """
        if self._clock() >= self._expires:
            await self.refresh()
        key = self._known(kid, algorithm)
        if key is None:
            await self.refresh()
            key = self._known(kid, algorithm)
        if key is None and self._failure is not None:
            raise copy.copy(self._failure)
        return key

    async def refresh(self) -> None:
        """Ask the issuer, or wait for whoever does; not where that was done a moment ago. Never raises.

        What came of it is for :meth:`find` to say, and :attr:`failure`.
        """
        if self._fetching is None:
            if self._clock() < self._ask_at:
                return
            self._ask_at = self._clock() + _PAUSE
            # A task of its own, and in no caller's context: neither their going away nor their deadlines end it.
            self._fetching = asyncio.get_running_loop().create_task(self._renew(), context=Context())
            self._fetching.add_done_callback(self._end)
        await asyncio.wait((self._fetching,))

    @property
    def failure(self) -> UnreachableError | None:
        """Why the issuer could not be asked last time, if it could not."""
        return self._failure

    async def aclose(self) -> None:
        """Stop asking."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait((self._fetching,))

    def _end(self, task: asyncio.Task[None]) -> None:
        self._fetching = None
        if task.cancelled():
            self._note_failure("portcall was closed while it asked")
        elif (error := task.exception()) is not None:
            _log.error("issuer_keys_not_read", exc_info=error)
            self._note_failure("a fault in portcall")

    def _known(self, kid: str | None, algorithm: str) -> VerificationKey | None:
        if self._held is None or self._clock() >= self._expires + _SPARE:
            return None
        return self._held.find(kid, algorithm)

    async def _renew(self) -> None:
        try:
            async with deadline(self._patience, "the issuer's patience"):
                document = await self._fetch()
            keys = KeySet.parse(document.content)
        except PortcallError as error:
            self._note_failure(error.message)
            return
        self._failure = None
        self._held = keys
        lifetime = _USUAL if document.max_age is None else document.max_age
        self._expires = self._clock() + min(max(lifetime, _SHORTEST), _LONGEST)
        if not keys.keys:
            _log.warning("issuer_has_no_usable_keys", advice="no token of its can be verified")

    def _note_failure(self, reason: str) -> None:
        has_spare = self._held is not None and self._clock() < self._expires + _SPARE
        self._ask_at = self._clock() + (_PAUSE if has_spare else _SHORT_PAUSE)
        self._failure = UnreachableError(
            "the issuer's keys cannot be fetched now, so that nobody can tell whether the token is good",
            hint="Try again in a moment; the server's log says why.",
            retry_after=_SHORT_PAUSE,
        )
        told = "the keys of before are used" if has_spare else "no token can be verified"
        _log.warning("issuer_keys_not_fetched", reason=reason, outcome=told, advice=_ADVICE)
