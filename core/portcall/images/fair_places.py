"""Places for work that only so many may do at a time, given out fairly between callers."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portcall.caller import ANYBODY
from portcall.recent import Recent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable, Sequence

#: Those who are alone: the person at this machine, and all who need not say who they are.
_ALONE = frozenset({"", ANYBODY.identity})
#: Callers whose last turn is remembered.
_MOST_CALLERS = 4096


@dataclass(frozen=True, slots=True)
class Ceilings:
    """How many places may be held at the same time.

    Args:
        in_all: By everybody.
        there: For one and the same source.
        by_one: By one caller, of several that there may be.
        by_one_there: By one of them for one source.
    """

    in_all: int
    there: int
    by_one: int
    by_one_there: int


@dataclass(slots=True, eq=False)
class _Claim:
    """One place that is wanted, or held.

    Args:
        source: What it is about.
        callers: Who wants it; more may join while it waits.
        on_account_of: Whose place it became.
    """

    source: str
    callers: Sequence[str]
    on_account_of: str = ""
    is_given: asyncio.Event = field(default_factory=asyncio.Event)


class FairPlaces:
    """Gives a place to whoever holds the fewest, then to whoever was given one longest ago, then by arrival.

    So a caller with a hundred questions keeps nobody's first waiting for longer than one place takes to fall free,
    and never holds all places.

    Args:
        ceilings: How many there are.
    """

    def __init__(self, ceilings: Ceilings) -> None:
        self._ceilings = ceilings
        # By arrival, like every dictionary.
        self._waiting: dict[_Claim, None] = {}
        self._held: set[_Claim] = set()
        self._count: Counter[Hashable] = Counter()
        self._turns: Recent[str, int] = Recent(_MOST_CALLERS)
        self._turn = 0

    @contextlib.asynccontextmanager
    async def taken(self, source: str = "", callers: Sequence[str] = ("",)) -> AsyncIterator[None]:
        """Hold a place while the block lasts; wait for it first.

        Args:
            source: What it is about: a registry.
            callers: Identities of those for whom it is; the first of them who may have one is given it. Whoever
                lets more of them join in the meantime calls :meth:`allot`.
        """
        claim = _Claim(source, callers)
        if not self._given(claim):
            self._waiting[claim] = None
        try:
            await claim.is_given.wait()
            yield
        finally:
            self._give_back(claim)

    def allot(self) -> None:
        """Give out what is free."""
        while self._waiting and len(self._held) < self._ceilings.in_all:
            offers = [
                (self._rank(caller), place, claim)
                for place, claim in enumerate(self._waiting)
                if (caller := self._eligible(claim)) is not None
            ]
            if not offers:
                return
            *_, claim = min(offers, key=lambda offer: offer[:2])
            del self._waiting[claim]
            self._given(claim)

    def _given(self, claim: _Claim) -> bool:
        """Give a place to a claim, if there is one for it."""
        caller = self._eligible(claim)
        if caller is None:
            return False
        claim.on_account_of = caller
        self._held.add(claim)
        self._count.update(_counted(claim))
        self._turn += 1
        self._turns.put(caller, self._turn)
        claim.is_given.set()
        return True

    def _give_back(self, claim: _Claim) -> None:
        self._waiting.pop(claim, None)
        if claim in self._held:
            self._held.remove(claim)
            self._count -= Counter(_counted(claim))
            self.allot()

    def _eligible(self, claim: _Claim) -> str | None:
        """Return on whose account a claim may be given a place now."""
        if len(self._held) >= self._ceilings.in_all:
            return None
        if self._count["there", claim.source] >= self._ceilings.there:
            return None
        able = [caller for caller in claim.callers if self._has_room(caller, claim.source)]
        return min(able, key=self._rank) if able else None

    def _has_room(self, caller: str, source: str) -> bool:
        if caller in _ALONE:
            return True
        held, held_there = self._count["by", caller], self._count["by", caller, source]
        return held < self._ceilings.by_one and held_there < self._ceilings.by_one_there

    def _rank(self, caller: str) -> tuple[int, int]:
        return self._count["by", caller], self._turns.get(caller) or 0


def _counted(claim: _Claim) -> tuple[Hashable, ...]:
    """Return all as which a place that is held counts."""
    caller, source = claim.on_account_of, claim.source
    return (("there", source), ("by", caller), ("by", caller, source))
