"""What blocks is done beside the event loop, one thing after another, and nobody waits for long."""

from __future__ import annotations

import asyncio
import threading

import pytest

from portcall.state.lane import Lane

pytestmark = pytest.mark.anyio


class Work:
    """Blocks until it is let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.go = threading.Event()

    def __call__(self) -> int:
        self.begun += 1
        assert self.go.wait(10)
        return self.begun


async def test_disk_that_hangs_holds_up_neither_the_loop_nor_those_who_ask():
    """What was not begun when nobody waits for it any more never is: it would be done in a far future."""
    lane, work = Lane("test", 0.5), Work()
    began = asyncio.get_running_loop().time()
    told = await asyncio.gather(*(lane.run(work) for _ in range(20)), return_exceptions=True)
    assert asyncio.get_running_loop().time() - began < 5
    assert {type(each) for each in told} == {TimeoutError}
    with pytest.raises(TimeoutError):
        await lane.run(work)
    assert work.begun == 1
    work.go.set()
    assert await lane.run(work) == 2
    lane.end()


async def test_queue_before_a_disk_that_hangs_does_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("portcall.state.lane._LONGEST_QUEUE", 10)
    lane, work = Lane("test", 5), Work()
    asking = [asyncio.ensure_future(lane.run(work))]
    await asyncio.sleep(0.1)
    asking += [asyncio.ensure_future(lane.run(work)) for _ in range(11)]
    await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        await lane.run(work)
    work.go.set()
    assert await asyncio.gather(*asking) == list(range(1, 13))
    assert await lane.run(work) == 13
    lane.end()


async def test_thread_ends_when_the_lane_does_and_another_begins_when_it_is_used_again():
    lane = Lane("of-this-test", 5)
    for _ in range(2):
        assert await lane.run(lambda: threading.current_thread().daemon)
        (thread,) = (each for each in threading.enumerate() if each.name == "portcall-of-this-test")
        lane.end()
        await asyncio.to_thread(thread.join, 5)
        assert not thread.is_alive()
    lane.end()


async def test_who_goes_leaves_what_was_begun_to_itself_and_the_next_waits_for_it():
    lane, work = Lane("test", 5), Work()
    first = asyncio.ensure_future(lane.run(work))
    await asyncio.sleep(0.05)
    first.cancel()
    second = asyncio.ensure_future(lane.run(work))
    await asyncio.sleep(0.05)
    assert first.cancelled()
    assert work.begun == 1
    work.go.set()
    assert await second == 2
    lane.end()


async def test_who_waits_and_goes_gives_up_their_turn():
    lane, work = Lane("test", 5), Work()
    asking = [asyncio.ensure_future(lane.run(work)) for _ in range(4)]
    await asyncio.sleep(0.05)
    asking[1].cancel()
    asking[2].cancel()
    work.go.set()
    assert await asking[0] == 1
    assert await asking[3] == 2
    lane.end()


async def test_fault_is_raised_where_it_is_waited_for_and_the_next_is_served():
    lane = Lane("test", 5)
    with pytest.raises(ZeroDivisionError):
        await lane.run(lambda: 1 // 0)
    assert await lane.run(lambda: 1) == 1
    lane.end()
