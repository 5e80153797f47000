"""Doubts: which credentials are not to be shown now, and why.

Credentials that are refused are left in peace for a minute, since guessing on locks accounts. In the
meantime whatever they were for is asked anonymously: what anybody may read is the same for everybody.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portcall.errors import PortcallError, RateLimitedError, UnavailableError, UnreachableError
from portcall.http.unauthorized import expired, refused
from portcall.recent import Recent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Hashable

    from portcall.http.upstream import Upstream

#: Most refusals held at a time.
_MOST = 4096
#: Seconds that refused credentials are left in peace.
_SECONDS = 60.0


@dataclass(slots=True)
class _Trial:
    """Credentials being shown for the first time; what came of it, where nobody else can fare better now."""

    over: asyncio.Event = field(default_factory=asyncio.Event)
    failure: PortcallError | None = None


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
        self._trials: dict[Hashable, _Trial] = {}

    def refuse(self, upstream: Upstream) -> None:
        """Note that the credentials are not accepted."""
        owner = _owner(upstream)
        self._refused.put(owner, self._clock() + _SECONDS)
        self._accepted.put(owner, False)

    def pass_over(self, upstream: Upstream, scope: str) -> None:
        """Note that anybody gets for a scope what these credentials do not: elsewhere they may be good."""
        self._passed_over.put((_owner(upstream), scope), self._clock() + _SECONDS)

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

    def told(self, upstream: Upstream, scope: str) -> str:
        """Return what the reader of an answer for a scope has to know, as a clause; empty where nothing."""
        reason = self.reason(upstream)
        if reason or upstream.credentials is None:
            return reason
        return refused(upstream) if self.is_passed_over(upstream, scope) else ""

    @contextlib.asynccontextmanager
    async def trial(self, upstream: Upstream) -> AsyncIterator[None]:
        """Let nobody else in while credentials which were never accepted are shown.

        A document's thirty images would else be thirty wrong passwords at the same moment. Where nothing came
        of it, the next one tries: not all the others at once. Who gets in has to ask for the :meth:`reason` then.

        Raises:
            PortcallError: The registry was down, or asked for a pause, when they were shown for somebody else.
        """
        owner = _owner(upstream)
        while self._is_open(upstream) and (under_way := self._trials.get(owner)):
            await under_way.over.wait()
            if under_way.failure is not None:
                raise copy.copy(under_way.failure) from under_way.failure
        if not self._is_open(upstream):
            yield
            return
        self._trials[owner] = trial = _Trial()
        try:
            yield
        except (RateLimitedError, UnavailableError, UnreachableError) as failure:
            trial.failure = failure
            raise
        finally:
            del self._trials[owner]
            trial.over.set()

    def _is_open(self, upstream: Upstream) -> bool:
        """Tell whether nobody knows yet if the credentials are any good."""
        return not self._accepted.get(_owner(upstream)) and not self.reason(upstream)

    def _holds(self, doubts: Recent[Hashable, float], upstream: Upstream, scope: str | None = None) -> bool:
        if not len(doubts):
            return False  # as nearly always: naming the owner takes a hash
        owner = _owner(upstream)
        return (doubts.get(owner if scope is None else (owner, scope)) or -math.inf) > self._clock()


def _owner(upstream: Upstream) -> Hashable:
    """Return whose credentials are meant."""
    return (upstream.registry, upstream.identity)
