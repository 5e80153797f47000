"""Places are given out fairly: who asks much keeps nobody waiting who asks little."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcall.images.fair_places import Ceilings, FairPlaces
from portcall.images.layers.places import Places
from portcall.images.review import HadolintPlaces

pytestmark = pytest.mark.anyio


class Crowd:
    """Callers who come for places, stay until they are told to go, and note down in which order they got in."""

    def __init__(self, places: FairPlaces) -> None:
        self.places = places
        self.inside: list[tuple[str, str]] = []
        self.seen: list[str] = []
        self._tasks: dict[asyncio.Task[None], str] = {}
        self._go: dict[str, asyncio.Semaphore] = {}

    async def come(self, *callers: str, source: str = "", times: int = 1) -> None:
        for _ in range(times):
            self._tasks[asyncio.create_task(self._visit(list(callers), source))] = callers[0]
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def leave(self, caller: str, times: int = 1) -> None:
        for _ in range(times):
            self._may_go(caller).release()
        for _ in range(4):
            await asyncio.sleep(0)

    async def cancel(self, caller: str) -> None:
        for task, who in self._tasks.items():
            if who == caller:
                task.cancel()
        for _ in range(4):
            await asyncio.sleep(0)

    async def _visit(self, callers: list[str], source: str) -> None:
        async with self.places.taken(source, callers):
            self.inside.append((callers[0], source))
            self.seen.append(callers[0])
            try:
                await self._may_go(callers[0]).acquire()
            finally:
                self.inside.remove((callers[0], source))

    def _may_go(self, caller: str) -> asyncio.Semaphore:
        return self._go.setdefault(caller, asyncio.Semaphore(0))

    def count(self, caller: str) -> int:
        return sum(who == caller for who, _ in self.inside)

    async def go_home(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def crowd(places: FairPlaces):
    made = Crowd(places)
    try:
        yield made
    finally:
        await made.go_home()


async def test_one_caller_of_several_holds_a_third_of_all_places_and_not_all_of_one_registry():
    async with crowd(Places()) as made:
        for registry in "xyz":
            await made.come("ada", source=registry, times=9)
        assert made.count("ada") == 4
        await made.come("ben", source="x")
        assert made.count("ben") == 1
    async with crowd(Places()) as made:
        await made.come("ada", source="x", times=9)
        assert made.count("ada") == 3


async def test_whoever_is_alone_has_them_all():
    """The person at this machine, and a server whose callers need not say who they are."""
    for nobody in ("", "anybody"):
        async with crowd(Places()) as made:
            for registry in "wxyz":
                await made.come(nobody, source=registry, times=9)
            assert made.count(nobody) == 12


async def test_a_caller_with_many_waiting_does_not_delay_anothers_first():
    async with crowd(HadolintPlaces()) as made:
        await made.come("ada", times=50)
        await made.come("ben", times=50)
        assert made.inside == [("ada", ""), ("ben", "")]
        await made.come("eve")
        await made.leave("ada")
        assert made.seen == ["ada", "ben", "eve"]


async def test_callers_take_turns():
    async with crowd(HadolintPlaces()) as made:
        for caller in ("ada", "ben", "eve"):
            await made.come(caller, times=3)
        for _ in range(3):
            for caller in ("ada", "ben", "eve"):
                await made.leave(caller)
        assert made.seen == ["ada", "ben", "eve"] * 3


async def test_whoever_holds_fewer_goes_first_however_late_they_came():
    async with crowd(FairPlaces(Ceilings(4, 4, 3, 3))) as made:
        await made.come("ada", times=9)
        await made.come("ben", times=9)
        assert (made.count("ada"), made.count("ben")) == (3, 1)
        await made.leave("ada")
        assert (made.count("ada"), made.count("ben")) == (2, 2)


async def test_what_one_caller_has_begun_goes_ahead_on_the_account_of_another_who_joins():
    """Two who ask for the same layer share one reading of it: the second is not to queue behind the first."""
    places = Places()
    async with crowd(places) as made:
        await made.come("ada", source="x", times=3)
        both, is_read = ["ada"], asyncio.Event()

        async def read() -> None:
            async with places.taken("x", both):
                is_read.set()

        reading = asyncio.create_task(read())
        await asyncio.sleep(0)
        assert not is_read.is_set()
        both.append("ben")
        places.allot()
        async with asyncio.timeout(1):
            await reading


async def test_whoever_stops_waiting_leaves_no_gap():
    async with crowd(HadolintPlaces()) as made:
        await made.come("ada", times=3)
        await made.come("ben")
        await made.come("eve")
        await made.cancel("ada")
        assert made.inside == [("ben", ""), ("eve", "")]
        await made.cancel("ben")
        await made.cancel("eve")
        await made.come("joe")
        await made.come("max")
        assert made.inside == [("joe", ""), ("max", "")]


async def test_a_place_given_in_the_very_moment_of_a_cancellation_is_given_back():
    places = FairPlaces(Ceilings(1, 1, 1, 1))
    async with places.taken(callers=["ada"]):
        waiting = asyncio.create_task(_hold(places, "ben"))
        await asyncio.sleep(0)
    waiting.cancel()  # it has its place, and does not know it yet
    with contextlib.suppress(asyncio.CancelledError):
        await waiting
    async with asyncio.timeout(1), places.taken(callers=["eve"]):
        pass


async def _hold(places: FairPlaces, caller: str) -> None:
    async with places.taken(callers=[caller]):
        pass


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.booleans()), max_size=40))
def test_no_ceiling_is_ever_broken_and_no_place_is_lost(steps: list[tuple[str, str, bool]]):
    ceilings = Ceilings(in_all=5, there=3, by_one=3, by_one_there=2)

    async def play() -> None:
        async with crowd(FairPlaces(ceilings)) as made:
            for caller, source, comes in steps:
                await (made.come(caller, source=source) if comes else made.leave(caller))
                inside = made.inside
                assert len(inside) <= 5
                for one in set(inside):
                    assert inside.count(one) <= 2
                    assert sum(who == one[0] for who, _ in inside) <= 3
                    assert sum(where == one[1] for _, where in inside) <= 3
            for caller in "abc":
                await made.leave(caller, 40)
            for _ in range(100):
                await asyncio.sleep(0)
            # All were served in the end: those who came, and nobody else.
            assert sorted(made.seen) == sorted(caller for caller, _, comes in steps if comes)

    asyncio.run(play())
