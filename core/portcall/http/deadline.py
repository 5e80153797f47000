"""The time that is left for the call at hand."""

from __future__ import annotations

import asyncio
import contextlib
import math
from contextvars import ContextVar
from typing import TYPE_CHECKING

from portcall.errors import DeadlineExceededError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_deadline: ContextVar[float] = ContextVar("portcall_deadline", default=math.inf)


def remaining() -> float:
    """Return the seconds left for the call at hand; infinite where it has no deadline."""
    deadline = _deadline.get()
    return deadline if deadline == math.inf else deadline - asyncio.get_running_loop().time()


@contextlib.asynccontextmanager
async def deadline(seconds: float) -> AsyncIterator[None]:
    """Bound the block to ``seconds``; inside another deadline, to whichever comes first.

    Raises:
        DeadlineExceededError: The time ran out; whatever the block was doing was cancelled.
    """
    seconds = min(seconds, max(remaining(), 0))
    token = _deadline.set(asyncio.get_running_loop().time() + seconds)
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise DeadlineExceededError(
            f"no answer within {seconds:g} seconds",
            hint="Try again, or raise network.timeout in the configuration.",
        ) from None
    finally:
        _deadline.reset(token)
