"""Doubts: which credentials are not to be shown now, and why.

Credentials that are refused are left in peace for a minute, since guessing on locks accounts. In the
meantime whatever they were for is asked anonymously: what anybody may read is the same for everybody.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from typing import TYPE_CHECKING

from portcall.http.unauthorized import expired, refused
from portcall.recent import Recent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Hashable

    from portcall.http.upstream import Upstream

#: Most refusals held at a time.
_MOST = 4096
#: Seconds that refused credentials are left in peace.
_SECONDS = 60.0


class Doubts:
    """What is known against credentials, by registry and identity.

    Args:
        clock: By which doubts end, in seconds; never set back.
        now: By which credentials end, in seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float], now: Callable[[], float]) -> None:
        self._clock = clock
        self._now = now
        self._refused: Recent[Hashable, float] = Recent(_MOST)
        self._passed_over: Recent[Hashable, float] = Recent(_MOST)
        self._accepted: Recent[Hashable, bool] = Recent(_MOST)
        self._trials: dict[Hashable, asyncio.Event] = {}

    def refuse(self, upstream: Upstream) -> None:
        """Note that the credentials are not accepted."""
        owner = _owner(upstream)
        self._refused.put(owner, self._clock() + _SECONDS)
        self._accepted.put(owner, False)

    def pass_over(self, upstream: Upstream, scope: str) -> None:
        """Note that anybody gets for a scope what these credentials do not: elsewhere they may be good."""
        owner = _owner(upstream)
        for key in (owner, (owner, scope)):
            self._passed_over.put(key, self._clock() + _SECONDS)

    def accept(self, upstream: Upstream) -> None:
        """Note that the credentials are accepted."""
        self._accepted.put(_owner(upstream), True)

    def reason(self, upstream: Upstream) -> str:
        """Return why the upstream is asked anonymously everywhere, as a clause; empty where it is not.

        Also empty where nothing is amiss: there are just no credentials.
        """
        credentials = upstream.credentials
        if credentials is None:
            return upstream.problem
        if credentials.expires_at is not None and credentials.expires_at <= self._now():
            return expired(upstream)
        return refused(upstream) if self._holds(self._refused, upstream) else ""

    def is_passed_over(self, upstream: Upstream, scope: str) -> bool:
        """Tell whether a scope is asked for anonymously."""
        return self._holds(self._passed_over, upstream, scope)

    def told(self, upstream: Upstream) -> str:
        """Return what the reader of an answer has to know, as a clause; empty where that is nothing."""
        reason = self.reason(upstream)
        if reason or upstream.credentials is None:
            return reason
        return refused(upstream) if self._holds(self._passed_over, upstream) else ""

    @contextlib.asynccontextmanager
    async def trial(self, upstream: Upstream) -> AsyncIterator[None]:
        """Let nobody else in while credentials which were never accepted are shown for the first time.

        A document's thirty images would else be thirty wrong passwords at the same moment.
        """
        owner = _owner(upstream)
        if under_way := self._trials.get(owner):
            await under_way.wait()
        elif not self._accepted.get(owner):
            self._trials[owner] = over = asyncio.Event()
            try:
                yield
            finally:
                del self._trials[owner]
                over.set()
            return
        yield

    def _holds(self, doubts: Recent[Hashable, float], upstream: Upstream, scope: str | None = None) -> bool:
        if not len(doubts):
            return False  # as nearly always: naming the owner takes a hash
        owner = _owner(upstream)
        return (doubts.get(owner if scope is None else (owner, scope)) or -math.inf) > self._clock()


def _owner(upstream: Upstream) -> Hashable:
    """Return whose credentials are meant."""
    return (upstream.registry, upstream.identity)
