"""What stands before a store: whatever happens to it, the answer goes on."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeVar

from portcall.deadline import remaining
from portcall.errors import UnreachableError
from portcall.http.stores.circuit import Circuit
from portcall.http.stores.store import StoreInfo, StoreRefusesError
from portcall.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from portcall.http.stores.store import ReplyStore

T = TypeVar("T")

#: Longest that anything is waited for, in seconds.
PATIENCE = 0.5
#: From this many bytes on, time that runs out says something of the network, not of the store.
_LARGE = 256 * 1024
#: Longest that an operator is kept waiting for a count or a clean-up, in seconds.
_OPERATORS_PATIENCE = 30.0
#: Longest that the end of the process waits for it, in seconds.
_LAST_PATIENCE = 5.0

_log = get_logger("portcall.http.stores")


class Breaker:
    """Asks a store, for as long as an answer can wait, and after a failure leaves it alone for a while.

    What cannot be had is absent, what cannot be kept is not kept; an outage is logged once.

    Args:
        store: The store.
        clock: Where the time comes from, in seconds; never set back.
    """

    def __init__(self, store: ReplyStore, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self.name = store.name
        self.keeps_brief = store.keeps_brief
        log = _log.bind(store=store.name, where=store.where)
        self._reach = Circuit(clock, log, "cache_down", "cache_up")
        # A server that is full, and a disk for reading only, are still good for reading.
        self._room = Circuit(clock, log, "cache_not_writable", "cache_writable")

    async def get(self, name: str) -> bytes | None:
        """Return the value of ``name``, if it can be had in time."""
        return await self._try(lambda: self._store.get(name), None, self._reach)

    async def put(self, name: str, value: bytes, seconds: float) -> None:
        """Keep ``value``, if that is possible."""
        await self._try(
            lambda: self._store.put(name, value, seconds),
            None,
            self._reach,
            self._room,
            small=len(value) < _LARGE,
        )

    async def drop(self, name: str) -> None:
        """Throw away ``name``, if that is possible."""
        await self._try(lambda: self._store.drop(name), None, self._reach)

    async def info(self) -> StoreInfo:
        """Count what is there; where that cannot be done, say why."""
        try:
            async with asyncio.timeout(min(_OPERATORS_PATIENCE, remaining())):
                told = await self._store.info()
        except Exception as error:  # noqa: BLE001 - whatever a client raises: it is told
            return StoreInfo(0, 0, self._store.where, f"it does not answer: {type(error).__name__}")
        problem = self._reach.problem or self._room.problem
        return StoreInfo(told.entries, told.bytes, told.where, told.problem or problem)

    async def check(self) -> str:
        """Return what is wrong with the store, having asked it; empty where nothing is."""
        await self.get("0" * 64)
        return self._reach.problem or self._room.problem

    async def clear(self) -> int:
        """Throw all away; return how many entries they were.

        Raises:
            UnreachableError: It could not be done: an operator has to know.
        """
        try:
            async with asyncio.timeout(min(_OPERATORS_PATIENCE, remaining())):
                return await self._store.clear()
        except Exception as error:
            raise UnreachableError(
                f"the cache at {self._store.where} could not be cleared: {type(error).__name__}",
                hint="See that it runs and may be written to, then try again.",
            ) from error

    async def aclose(self) -> None:
        """Let go of the store."""
        try:
            async with asyncio.timeout(_LAST_PATIENCE):
                await self._store.aclose()
        except Exception as error:  # noqa: BLE001 - whatever a client raises, it is not needed any more
            _log.debug("cache_not_closed", store=self.name, error=type(error).__name__)

    async def _try(
        self, work: Callable[[], Awaitable[T]], otherwise: T, *circuits: Circuit, small: bool = True
    ) -> T:
        seconds = min(PATIENCE, remaining())
        if seconds <= 0 or any(circuit.is_open for circuit in circuits):
            return otherwise
        entered = {circuit: circuit.enter() for circuit in circuits}
        patience: asyncio.Timeout | None = None
        try:
            self._store.open()
            async with asyncio.timeout(seconds) as patience:
                answer = await work()
        except StoreRefusesError as error:
            self._reach.succeed(entered[self._reach])
            self._room.fail(entered[self._room] if self._room in entered else self._room.enter(), str(error))
        except Exception as error:  # noqa: BLE001 - whatever a client raises, the answer goes on
            if patience and patience.expired() and (seconds < PATIENCE or not small):
                _leave(circuits)  # not its fault: too little time, or too much to carry in it
            else:
                self._reach.fail(entered[self._reach], type(error).__name__)
        except BaseException:
            _leave(circuits)
            raise
        else:
            for circuit, mark in entered.items():
                circuit.succeed(mark)
            return answer
        return otherwise


def _leave(circuits: tuple[Circuit, ...]) -> None:
    for circuit in circuits:
        circuit.leave()
