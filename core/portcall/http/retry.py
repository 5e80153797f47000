"""Retries: idempotent requests, jittered, within the deadline, and never against the registry's word."""

from __future__ import annotations

import email.utils
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential_jitter

from portcall.errors import UnreachableError
from portcall.http.deadline import remaining

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from portcall.http.reply import Reply

#: Statuses that another try may change.
RETRIED = frozenset({408, 429, 500, 502, 503, 504})
#: Most tries of one request, the first included.
ATTEMPTS = 4
_backoff = wait_exponential_jitter(initial=0.2, max=8, jitter=0.2)


class BrokenConnectionError(UnreachableError):
    """The connection failed in a way that another try may not."""


@dataclass(slots=True)
class _UnwelcomeReplyError(Exception):
    """A reply with a status worth another try; never leaves this module."""

    reply: Reply


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that ``Retry-After`` asks for, in either form; ``None`` for none, past or garbage."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return float(text)
    if not text:
        return None
    try:
        moment = email.utils.parsedate_to_datetime(text)
        seconds = moment.timestamp() - time.time()
    except (ValueError, OverflowError, TypeError):
        return None
    return seconds if seconds > 0 else None


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    told = retry_after(error.reply.headers) if isinstance(error, _UnwelcomeReplyError) else None
    return _backoff(state) if told is None else told + 0.05


def _enough(state: RetryCallState) -> bool:
    error = state.outcome.exception() if state.outcome else None
    if (
        isinstance(error, _UnwelcomeReplyError)
        and _limits_without_a_date(error.reply)
        and state.attempt_number >= 2
    ):
        # Hammering on is the one thing that is sure to be wrong: one more try, no more.
        return True
    # A wait that would outlast the deadline is not begun: the caller learns now how long it would be.
    return state.attempt_number >= ATTEMPTS or state.upcoming_sleep >= remaining()


def _limits_without_a_date(reply: Reply) -> bool:
    return reply.status == 429 and retry_after(reply.headers) is None


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
