"""How much may be asked at once: in all, and by one caller."""

from __future__ import annotations

import math
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from portcall.server.asgi.buckets import Buckets
from portcall.server.asgi.listens import is_listen
from portcall.server.asgi.replies import PROBES, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

MOST_STREAMS = 1024
MOST_STREAMS_PER_CALLER = 20
#: Seconds after which those that were too many may try again.
_PAUSE = 1

_BUSY_HINT = "Try again after the pause that Retry-After names, with fewer requests side by side."


class Ceilings:
    """Refuses requests past what this process can answer at once.

    Args:
        app: What answers the others.
        most: Requests in flight.
        most_streams: Open streams of notifications, which count for themselves.
        probes: Paths that are always answered.
        only: Paths that count, if not all do: with none of them, nothing counts.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        most: int,
        most_streams: int = MOST_STREAMS,
        probes: Collection[str] = PROBES,
        only: Collection[str] | None = None,
    ) -> None:
        self._app = app
        self._calls = _Places(most)
        self._streams = _Places(most_streams)
        self._probes = frozenset(probes)
        self._only = None if only is None else frozenset(only)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered if there is room."""
        if scope["type"] != "http" or not self._counts(scope["path"]):
            await self._app(scope, receive, send)
            return
        places = self._streams if is_listen(scope) else self._calls
        with places.one("") as is_free:
            if is_free:
                await self._app(scope, receive, send)
            else:
                message = f"{places.most} requests of this kind are in flight already"
                await refuse(send, 503, message, _BUSY_HINT, retry_after=_PAUSE)

    def _counts(self, path: str) -> bool:
        return path not in self._probes and (self._only is None or path in self._only)


class CallerCeilings:
    """Refuses requests past what one caller may ask, at once and in a minute.

    Belongs inside of authentication, which alone knows who asks. Each process counts for itself.

    Args:
        app: What answers the others.
        who: Tells callers apart.
        most: One caller's requests in flight.
        per_minute: One caller's requests in a minute, in the long run; as many may come at once.
        most_streams: One caller's open streams of notifications, which are not in flight, but are asked for.
        probes: Paths that are always answered.
        buckets: Counts the requests; those of ``per_minute`` by default.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        who: Callable[[Scope], str],
        most: int,
        per_minute: int,
        most_streams: int = MOST_STREAMS_PER_CALLER,
        probes: Collection[str] = PROBES,
        buckets: Buckets | None = None,
    ) -> None:
        self._app = app
        self._who = who
        self._calls = _Places(most)
        self._streams = _Places(most_streams)
        self._buckets = Buckets(per_minute) if buckets is None else buckets
        self._probes = frozenset(probes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered if there is room."""
        if scope["type"] != "http" or scope["path"] in self._probes:
            await self._app(scope, receive, send)
            return
        caller = self._who(scope)
        if pause := self._buckets.take(caller):
            message = "this caller has asked too often within the last minute"
            hint = "Try again after the pause that Retry-After names."
            await refuse(send, 429, message, hint, retry_after=math.ceil(pause))
            return
        places = self._streams if is_listen(scope) else self._calls
        with places.one(caller) as is_free:
            if is_free:
                await self._app(scope, receive, send)
            else:
                message = f"{places.most} requests of this caller are in flight already"
                await refuse(send, 429, message, _BUSY_HINT, retry_after=_PAUSE)


class _Places:
    """Who is being answered, so many at most of each."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._taken: Counter[str] = Counter()

    @contextmanager
    def one(self, caller: str) -> Iterator[bool]:
        """Take one of the caller's places for the block, which is told whether there was any."""
        if self._taken[caller] >= self.most:
            yield False
            return
        self._taken[caller] += 1
        try:
            yield True
        finally:
            self._taken[caller] -= 1
            if not self._taken[caller]:
                del self._taken[caller]
