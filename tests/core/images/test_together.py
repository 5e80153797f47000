"""Doing many things side by side."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

import pytest

from portcall.images.together import MANY, beside_the_loop, side_by_side

pytestmark = pytest.mark.anyio


async def test_results_come_in_the_order_of_the_items():
    async def late(number: int) -> int:
        await asyncio.sleep((5 - number) / 1000)
        return number * 10

    assert await side_by_side([1, 2, 3, 4], late) == [10, 20, 30, 40]


async def test_nothing_to_do_is_done_at_once():
    assert await side_by_side([], asyncio.sleep) == []


async def test_only_so_many_are_under_way():
    under_way: list[int] = []
    most = 0

    async def work(number: int) -> None:
        nonlocal most
        under_way.append(number)
        most = max(most, len(under_way))
        await asyncio.sleep(0.001)
        under_way.remove(number)

    await side_by_side(range(50), work, at_once=3)
    assert most == 3


async def test_the_first_failure_keeps_its_cause_and_stops_the_rest():
    finished: list[int] = []

    async def work(number: int) -> None:
        if number == 1:
            raise LookupError("no such thing") from OSError("disk gone")
        await asyncio.sleep(10)
        finished.append(number)

    with pytest.raises(LookupError, match="no such thing") as failed:
        await side_by_side([0, 1, 2], work)
    assert isinstance(failed.value.__cause__, OSError)
    assert finished == []


async def test_a_failure_leaves_no_trace_in_the_task_that_waited():
    """Whoever bounds it by a scope of their own would be cancelled in its place."""

    async def work(number: int) -> None:
        await asyncio.sleep(number / 1000)
        raise LookupError("no such thing")

    with pytest.raises(LookupError):
        await side_by_side([1, 50], work)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_whoever_gives_up_stops_everything():
    finished: list[int] = []

    async def work(number: int) -> None:
        await asyncio.sleep(10)
        finished.append(number)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await side_by_side([0, 1, 2], work)
    assert finished == []


@pytest.mark.parametrize(("size", "elsewhere"), [(MANY - 1, False), (MANY, True)])
async def test_what_takes_its_time_leaves_the_loop_alone(size: int, elsewhere: bool):
    thread = await beside_the_loop(size, threading.get_ident)
    assert (thread != threading.get_ident()) is elsewhere


async def test_the_failure_is_told_and_not_what_the_cancelled_raise_as_they_end():
    async def work(number: int) -> None:
        if number == 1:
            await asyncio.sleep(0.001)
            raise LookupError("no such thing")
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            raise RuntimeError("of no interest") from None

    with pytest.raises(LookupError, match="no such thing"):
        await side_by_side([0, 1, 2], work)


async def test_who_gives_up_twice_waits_for_the_end_of_all_the_same():
    ended: list[int] = []

    async def work(number: int) -> None:
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(0.02)
            ended.append(number)

    task = asyncio.create_task(side_by_side([0, 1], work))
    for _ in range(3):
        await asyncio.sleep(0.005)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(ended) == [0, 1]


async def test_failures_at_the_same_moment_are_all_seen():
    """Or the event loop would tell of those beside the first, as of bugs, whenever they are collected."""
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))

    async def fail(item: int) -> None:
        raise KeyError(item)

    with pytest.raises(KeyError, match="0"):
        await side_by_side(range(3), fail)
    gc.collect()
    assert told == []
