"""Credentials that were asked for, kept while they are good; and failures, for a moment."""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeVar

from portcall.errors import UnauthorizedError
from portcall.http.flight import Flights
from portcall.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from portcall.http.upstream import Credentials

#: Seconds that credentials are kept which do not say when they end.
GOOD_FOR = 3600.0
#: Seconds that "there are none" is believed: a person may be logging in.
NONE_FOR = 300.0
#: Seconds that a failure answers for the calls after it: one wave of them costs one try.
FAILED_FOR = 5.0
#: Seconds between two questions that are asked because the credentials were refused.
REFUSED_FOR = 60.0
#: Seconds before their end at which credentials count as ended.
_MARGIN = 60.0
#: Answers kept: a model chooses the repositories that it asks about.
_MOST = 4096

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class _Answer:
    credentials: Credentials | None
    error: UnauthorizedError | None
    since: float
    until: float

    def is_good(self, now: float) -> bool:
        # A clock that was set back proves nothing.
        return self.since <= now < self.until


class Answers(Generic[Key]):
    """What one helper or plugin answered, by key; each question is under way once at a time.

    Args:
        clock: Seconds since 1970.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._kept: Recent[Key, _Answer] = Recent(_MOST)
        self._forgotten: Recent[Key, float] = Recent(_MOST)
        self._flights: Flights[Credentials | None] = Flights()

    def held(self, key: Key) -> Credentials | None:
        """Return the credentials that were answered last, while they are good."""
        answer = self._good(key)
        return answer.credentials if answer else None

    async def ask(
        self, key: Key, question: Callable[[], Coroutine[None, None, Credentials | None]]
    ) -> Credentials | None:
        """Return what is kept under ``key``, or else what ``question()`` returns.

        Raises:
            UnauthorizedError: The question's own, or that of the last one who asked, a moment ago.
        """
        answer = self._good(key)
        if answer is None:
            return await self._flights.share(key, lambda: self._asked(key, question))
        if answer.error is not None:
            raise copy.copy(answer.error)
        return answer.credentials

    def forget(self, key: Key, credentials: Credentials) -> None:
        """Have ``key`` asked about anew, if ``credentials`` were the answer: they are refused.

        What is stored may have changed meanwhile. May be called as often as they are refused: it helps once a
        minute.
        """
        answer, now = self._kept.get(key), self._clock()
        if answer is None or answer.credentials != credentials:
            return
        last = self._forgotten.get(key)
        if last is not None and 0 <= now - last < REFUSED_FOR:
            return
        self._forgotten.put(key, now)
        self._kept.put(key, replace(answer, until=now))

    async def aclose(self) -> None:
        """Stop what is under way, and wait until it has."""
        await self._flights.aclose()

    def _good(self, key: Key) -> _Answer | None:
        answer = self._kept.get(key)
        return answer if answer is not None and answer.is_good(self._clock()) else None

    async def _asked(
        self, key: Key, question: Callable[[], Coroutine[None, None, Credentials | None]]
    ) -> Credentials | None:
        try:
            credentials = await question()
        except UnauthorizedError as error:
            # A copy, since the error itself holds the frames that it passed, and so what they know.
            self._keep(key, None, FAILED_FOR, copy.copy(error))
            raise
        if credentials is None:
            self._keep(key, None, NONE_FOR)
        elif credentials.expires_at is None:
            self._keep(key, credentials, GOOD_FOR)
        else:
            self._keep(key, credentials, credentials.expires_at - _MARGIN - self._clock())
        return credentials

    def _keep(
        self, key: Key, credentials: Credentials | None, seconds: float, error: UnauthorizedError | None = None
    ) -> None:
        now = self._clock()
        self._kept.put(key, _Answer(credentials, error, now, now + seconds))
