"""Retries: idempotent requests, jittered, within the deadline, and never against the registry's word."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

from portcall.deadline import may_try_again, remaining
from portcall.errors import UnreachableError
from portcall.http.retry_after import retry_after

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from portcall.http.reply import Reply

#: Statuses that another try may change.
RETRIED = frozenset({408, 429, 500, 502, 503, 504})
#: Most tries of one request, the first included.
ATTEMPTS = 4
#: Longest pause before another try, in seconds, however patient the caller.
MAX_PAUSE = 60.0
#: Spread of tries that many callers would else make at the same moment, in seconds.
_SPREAD = 0.2
#: Seconds without which a try is not worth its pause.
_A_TRY = 0.2
#: The first pause, which doubles with every try, and the longest that it becomes where nobody says how long.
_SHORTEST, _LONGEST = 0.2, 8.0


def pause_after(tries: int) -> float:
    """Return the seconds to leave a registry alone after so many tries, from 1."""
    return float(min(_SHORTEST * 2 ** (tries - 1), _LONGEST)) + random.uniform(0, _SPREAD)  # noqa: S311 - a spread


class BrokenConnectionError(UnreachableError):
    """The connection failed in a way that another try may not."""


@dataclass(slots=True)
class _UnwelcomeReplyError(Exception):
    """A reply with a status worth another try; never leaves this module."""

    reply: Reply


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    told = retry_after(error.reply.headers) if isinstance(error, _UnwelcomeReplyError) else None
    if told is None:
        return pause_after(state.attempt_number)
    return told + random.uniform(0, _SPREAD)  # noqa: S311 - a spread


def _enough(state: RetryCallState) -> bool:
    if not may_try_again():
        return True
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _UnwelcomeReplyError) and state.attempt_number >= _tries(error.reply):
        return True
    # A wait that would outlast the deadline, or leave the next try no time, is not begun: the caller learns now
    # how long it would be.
    return state.attempt_number >= ATTEMPTS or state.upcoming_sleep >= min(remaining() - _A_TRY, MAX_PAUSE)


def _tries(reply: Reply) -> int:
    """Return how often a request that is answered so may be sent."""
    if reply.status != 429 or retry_after(reply.headers) is not None:
        return ATTEMPTS
    # Docker Hub's pull allowance comes back in hours. Where nothing is said, one more try, no more:
    # hammering on is the one thing that is sure to be wrong.
    left = reply.headers.get("ratelimit-remaining", "").partition(";")[0].strip()
    spent = left == "0" or b"rate-limit" in reply.body
    return 1 if spent else 2


async def retrying(attempt: Callable[[], Awaitable[Reply]]) -> Reply:
    """Return the first reply of ``attempt()`` that another try would not change, or the last of them.

    Raises:
        UnreachableError: No try got a reply.
        PortcallError: Whatever ``attempt`` raises beside broken connections, at once.
    """

    async def once() -> Reply:
        reply = await attempt()
        if reply.status in RETRIED:
            raise _UnwelcomeReplyError(reply)
        return reply

    controller = AsyncRetrying(
        retry=retry_if_exception_type((_UnwelcomeReplyError, BrokenConnectionError)),
        wait=_wait,
        stop=_enough,
        reraise=True,
    )
    try:
        return await controller(once)
    except _UnwelcomeReplyError as error:
        return error.reply
