"""Looking at one tag, again and again, for as long as somebody waits for it."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from portcall.errors import (
    BlockedError,
    DeadlineExceededError,
    ForbiddenError,
    InvalidArgumentError,
    InvalidReferenceError,
    NotFoundError,
    PortcallError,
    UnauthorizedError,
    UnsupportedError,
)
from portcall.logs import get_logger
from portcall.server.subscriptions.watch import ABSENT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from portcall.caller import Caller
    from portcall.server.subscriptions.address import TagAddress
    from portcall.server.subscriptions.board import Board
    from portcall.server.subscriptions.faces import Tags
    from portcall.server.subscriptions.watch import Watch

#: Seconds for one look.
PATIENCE = 15.0
#: Refusals in a row after which nobody looks any more.
MOST_REFUSALS = 3
#: Intervals between two looks at most, while the registry fails.
_LONGEST_PAUSE = 10
#: Seconds at most for which a registry that asks for a pause is left alone.
_LONGEST_WISH = 3600.0
_REFUSED = (
    BlockedError,
    ForbiddenError,
    InvalidArgumentError,
    InvalidReferenceError,
    UnauthorizedError,
    UnsupportedError,
)
_log = get_logger("portcall.subscriptions")


class Look:
    """Asks a registry where a tag points to, with patience, and few at a time.

    Args:
        tags: Asks.
        at_once: How many are asked at the same time, of all tags together.
    """

    def __init__(self, tags: Tags, at_once: int) -> None:
        self._tags = tags
        self._turns = asyncio.Semaphore(at_once)

    async def at(self, caller: Caller, address: TagAddress) -> str:
        """Return the digest that a tag has now, for ``caller``.

        Raises:
            NotFoundError: There is no such tag.
            PortcallError: It cannot be told.
        """
        async with self._turns:
            try:
                async with asyncio.timeout(PATIENCE):
                    return await self._tags.digest_now(caller, address.name, address.tag)
            except TimeoutError:
                raise DeadlineExceededError("the registry takes too long to answer") from None


class Poller:
    """Looks at a tag, or sees to it that another replica does.

    Args:
        watch: The tag.
        look: Asks the registry.
        board: Shared with other replicas; ``None`` where there are none.
        interval: Seconds between two looks.
        moved: Is awaited with each new state that this replica saw.
        heard: Is called with each new state that another one saw.
    """

    def __init__(
        self,
        watch: Watch,
        look: Look,
        board: Board | None,
        interval: float,
        moved: Callable[[Watch, str], Awaitable[None]],
        heard: Callable[[str, str, str], None],
    ) -> None:
        self._watch = watch
        self._look = look
        self._board = board
        self._interval = interval
        self._moved = moved
        self._heard = heard
        self._key = board.key(*watch.key) if board else ""
        self._pen = board.pen() if board else b""
        self._leads = board is None
        self._failures = 0
        self._refusals = 0
        self._rests_until = 0.0

    async def run(self) -> PortcallError | None:
        """Look until it is cancelled, or nobody listens, or looking makes no sense; return why it does not."""
        reason = None
        try:
            reason = await self._settle_in()
            # A cancellation alone will not do: on Python 3.11 asyncio.wait_for, as in redis, may swallow it.
            while reason is None and self._watch.streams:
                await asyncio.sleep(self._pause())
                reason = await self._turn() if self._watch.streams else None
        finally:
            if self._board is not None:
                await self._board.resign(self._key, self._pen)
        return reason

    def _pause(self) -> float:
        # Who does not look tries twice as often: see Board on leases.
        seconds = self._interval if self._leads else self._interval / 2
        return seconds * random.uniform(0.9, 1.1)  # noqa: S311 - no secret

    async def _settle_in(self) -> PortcallError | None:
        """See whether what the first stream was let in with is what the others know."""
        if self._board is None:
            return None
        self._leads = await self._board.leads(self._key, self._pen)
        last = await self._board.last_sight(self._key)
        if last is None:
            await self._board.note_sight(self._key, self._watch.known)
        elif last != self._watch.known:
            return await self._look_again(last)  # which of the two looks was the later one is open
        return None

    async def _turn(self) -> PortcallError | None:
        """Look, or hear what was seen; return why there is no sense in it any more."""
        if self._board is not None:
            self._leads = await self._board.leads(self._key, self._pen)
            if not self._leads and await self._has_heard(self._board):
                return None
        if asyncio.get_running_loop().time() < self._rests_until:
            return None
        return await self._look_again()

    async def _look_again(self, last: str | None = None) -> PortcallError | None:
        """Look; return why there is no sense in it any more.

        Args:
            last: What the others know, where that is something else than what is known here.
        """
        before = self._watch.known
        try:
            state = await self._state()
        except _REFUSED as error:
            return self._was_refused(error)
        except Exception as error:  # noqa: BLE001 - whatever fails: an outage is no move, and ends
            self._failed(error)
            return None
        self._worked()
        if self._watch.known != before:
            pass  # somebody saw a move while we looked, and which came first is open: the next look tells
        elif state != before or last not in {None, state}:
            await self._moved(self._watch, state)
        elif self._board is not None:
            await self._board.note_sight(self._key, state)
        return None

    async def _state(self) -> str:
        try:
            return await self._look.at(self._watch.caller, self._watch.address)
        except NotFoundError:
            return ABSENT

    async def _has_heard(self, board: Board) -> bool:
        """Take over what another replica saw; tell whether any has seen anything lately."""
        before = self._watch.known
        last = await board.last_sight(self._key)
        if last is not None and last != before == self._watch.known:
            self._heard(*self._watch.key, last)
        return last is not None

    def _worked(self) -> None:
        if self._failures:
            _log.info("watch_goes_on", registry=self._registry)
        self._failures = self._refusals = 0

    def _failed(self, error: Exception) -> None:
        """Look more and more seldom."""
        if not self._failures:
            told = error.code if isinstance(error, PortcallError) else "internal"
            unexpected = not isinstance(error, PortcallError)
            _log.warning("watch_pauses", registry=self._registry, error=told, exc_info=unexpected)
        self._failures = min(self._failures + 1, 10)
        wished = getattr(error, "retry_after", None) or 0.0
        pause = self._interval * min(0.9 * 2 ** (self._failures - 1), _LONGEST_PAUSE)
        pause = max(pause, min(wished, _LONGEST_WISH))
        self._rests_until = asyncio.get_running_loop().time() + pause

    def _was_refused(self, error: PortcallError) -> PortcallError | None:
        self._refusals += 1
        if self._refusals < MOST_REFUSALS:
            return None
        _log.warning("watch_ended", registry=self._registry, error=error.code)
        return error

    @property
    def _registry(self) -> str:
        return self._watch.address.name.partition("/")[0]
