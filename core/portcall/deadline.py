"""The time that is left for the call at hand."""

from __future__ import annotations

import asyncio
import contextlib
import math
from contextvars import Context, ContextVar, copy_context
from typing import TYPE_CHECKING

from portcall.errors import DeadlineExceededError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator


def _never() -> float:
    return math.inf


def _always() -> bool:
    return True


#: When the call at hand ends, by the event loop's clock.
_ending: ContextVar[Callable[[], float]] = ContextVar("portcall_deadline", default=_never)
#: Whether it is worth a second try of a request that failed.
_tenacity: ContextVar[Callable[[], bool]] = ContextVar("portcall_tenacity", default=_always)


def remaining() -> float:
    """Return the seconds left for the call at hand; infinite where it has no deadline."""
    return _ending.get()() - asyncio.get_running_loop().time()


def may_try_again() -> bool:
    """Tell whether a request of the call at hand that failed is sent again."""
    return _tenacity.get()()


@contextlib.contextmanager
def trying_once() -> Iterator[None]:
    """Let no request of the block be sent again: what is just nice to know is worth no second try.

    Whoever waits for the same request without being in such a block has it tried again all the same.
    """
    token = _tenacity.set(lambda: False)
    try:
        yield
    finally:
        _tenacity.reset(token)


def leaving(reserve: float) -> float:
    """Return the seconds left but for ``reserve``, kept for the answer; of a short time a tenth is kept."""
    left = max(remaining(), 0.0)
    return left - min(reserve, left / 10)


@contextlib.asynccontextmanager
async def deadline(seconds: float, setting: str = "network.timeout") -> AsyncIterator[None]:
    """Bound the block to ``seconds``; inside another deadline, to whichever comes first.

    Args:
        seconds: How long.
        setting: Where that comes from, for whoever needs more.

    Raises:
        DeadlineExceededError: The time ran out; whatever the block was doing was cancelled.
    """
    seconds = min(seconds, max(remaining(), 0))
    end = asyncio.get_running_loop().time() + seconds
    token = _ending.set(lambda: end)
    clock = asyncio.timeout(seconds)
    try:
        async with clock:
            yield
    except TimeoutError:
        if not clock.expired():
            raise
        raise DeadlineExceededError(
            f"no answer within {seconds:.3g} seconds",
            hint=f"Try again, or raise {setting} in the configuration.",
        ) from None
    finally:
        _ending.reset(token)


class SharedDeadline:
    """The deadline of work that several calls wait for: the latest of theirs, tried again if one of them is."""

    def __init__(self) -> None:
        self._endings: list[Callable[[], float]] = []
        self._tenacities: list[Callable[[], bool]] = []

    def join(self) -> None:
        """Let the call at hand count, too."""
        self._endings.append(_ending.get())
        self._tenacities.append(_tenacity.get())

    def context(self) -> Context:
        """Return a copy of the current context in which :func:`remaining` tells of this deadline."""
        context = copy_context()
        context.run(_ending.set, self._latest)
        context.run(_tenacity.set, self._any_tries_again)
        return context

    def _latest(self) -> float:
        return max((ending() for ending in self._endings), default=math.inf)

    def _any_tries_again(self) -> bool:
        return any(tenacity() for tenacity in self._tenacities)
