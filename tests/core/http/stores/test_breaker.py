"""A store that fails: the answer goes on, and the store is left alone for a while."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from tests.core.http.asking import Clock

from portcall.deadline import deadline
from portcall.errors import DeadlineExceededError, UnreachableError
from portcall.http.stores import StoreInfo, StoreRefusesError
from portcall.http.stores.breaker import PATIENCE, Breaker
from portcall.http.stores.circuit import PAUSE

pytestmark = pytest.mark.anyio


@dataclass
class Moody:
    """A store that works, fails or hangs, as its mood is."""

    name: str = "moody"
    where: str = "moody://***@host"
    keeps_brief: bool = True
    mood: BaseException | str = ""
    values: dict[str, bytes] = field(default_factory=dict)
    asked: int = 0
    loading: float = 0.0

    def open(self) -> None:
        time.sleep(self.loading)

    async def get(self, name: str) -> bytes | None:
        await self._answer()
        return self.values.get(name)

    async def put(self, name: str, value: bytes, seconds: float) -> None:
        await self._answer(writes=True)
        self.values[name] = value

    async def drop(self, name: str) -> None:
        await self._answer(writes=True)
        self.values.pop(name, None)

    async def info(self) -> StoreInfo:
        await self._answer()
        return StoreInfo(len(self.values), 0, self.where)

    async def clear(self) -> int:
        await self._answer(writes=True)
        return len(self.values)

    async def aclose(self) -> None:
        await self._answer()

    async def _answer(self, *, writes: bool = False) -> None:
        self.asked += 1
        if self.mood == "hangs":
            await asyncio.sleep(3600)
        if isinstance(self.mood, StoreRefusesError) and not writes:
            return
        if isinstance(self.mood, BaseException):
            raise self.mood


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def moody() -> Moody:
    return Moody(values={"name": b"value"})


@pytest.fixture
def breaker(moody: Moody, clock: Clock) -> Breaker:
    return Breaker(moody, clock=clock)


async def test_time_that_loading_takes_is_not_the_stores(breaker: Breaker, moody: Moody):
    moody.loading = PATIENCE + 0.1
    assert await breaker.get("name") == b"value"


async def test_store_that_works_is_asked_each_time(breaker: Breaker, moody: Moody):
    for _ in range(3):
        assert await breaker.get("name") == b"value"
    await breaker.put("new", b"value", 60)
    await breaker.drop("name")
    assert moody.values == {"new": b"value"}
    assert moody.asked == 5


@pytest.mark.parametrize("error", [OSError("canary"), ValueError("canary"), TimeoutError(), KeyError("canary")])
async def test_whatever_it_raises_is_an_absence_logged_once(
    breaker: Breaker, moody: Moody, clock: Clock, error: Exception, caplog: pytest.LogCaptureFixture
):
    moody.mood = error
    for _ in range(3):
        assert await breaker.get("name") is None
        await breaker.put("name", b"other", 60)
        await breaker.drop("name")
        clock.move(PAUSE + 1)
    [record] = caplog.records
    assert record.message == "cache_down"
    assert vars(record)["error"] == type(error).__name__
    assert vars(record)["where"] == "moody://***@host"
    assert "canary" not in str(vars(record))


async def test_after_a_failure_it_is_left_alone_and_then_tried(
    breaker: Breaker, moody: Moody, clock: Clock, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO")
    moody.mood = OSError()
    assert await breaker.get("name") is None
    moody.mood = ""
    clock.move(PAUSE - 0.1)
    assert await breaker.get("name") is None
    assert moody.asked == 1
    clock.move(0.2)
    assert await breaker.get("name") == b"value"
    assert [record.message for record in caplog.records] == ["cache_down", "cache_up"]


async def test_one_alone_tries_it_while_the_others_go_on(breaker: Breaker, moody: Moody, clock: Clock):
    moody.mood = OSError()
    await breaker.get("name")
    clock.move(PAUSE)
    asked = moody.asked
    moody.mood = "hangs"
    trying = asyncio.ensure_future(breaker.get("name"))
    await asyncio.sleep(0)
    assert [await breaker.get("name") for _ in range(5)] == [None] * 5
    assert await trying is None
    assert moody.asked == asked + 1


async def test_store_that_hangs_costs_its_patience_once(breaker: Breaker, moody: Moody):
    moody.mood = "hangs"
    started = asyncio.get_running_loop().time()
    for _ in range(50):
        assert await breaker.get("name") is None
    assert asyncio.get_running_loop().time() - started > PATIENCE * 0.9
    assert moody.asked == 1


async def test_many_that_wait_at_once_are_one_outage(
    breaker: Breaker, moody: Moody, caplog: pytest.LogCaptureFixture
):
    moody.mood = "hangs"
    assert await asyncio.gather(*(breaker.get("name") for _ in range(20))) == [None] * 20
    assert [record.message for record in caplog.records] == ["cache_down"]


async def test_call_in_a_hurry_does_not_wait_and_blames_nobody(breaker: Breaker, moody: Moody):
    moody.mood = "hangs"
    with suppress(DeadlineExceededError):
        async with deadline(0.05):
            assert await breaker.get("name") is None
    moody.mood = ""
    assert await breaker.get("name") == b"value"


async def test_value_too_large_for_the_network_says_nothing_of_the_store(breaker: Breaker, moody: Moody):
    moody.mood = "hangs"
    await breaker.put("large", bytes(1 << 20), 60)
    moody.mood = ""
    assert await breaker.get("name") == b"value"


async def test_cancellation_is_no_failure(breaker: Breaker, moody: Moody, caplog: pytest.LogCaptureFixture):
    moody.mood = "hangs"
    asking = asyncio.ensure_future(breaker.get("name"))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    moody.mood = ""
    assert await breaker.get("name") == b"value"
    assert not caplog.records


async def test_cancelled_try_leaves_the_next_one_to_another(breaker: Breaker, moody: Moody, clock: Clock):
    moody.mood = OSError()
    await breaker.get("name")
    clock.move(PAUSE)
    moody.mood = "hangs"
    trying = asyncio.ensure_future(breaker.get("name"))
    await asyncio.sleep(0)
    trying.cancel()
    with suppress(asyncio.CancelledError):
        await trying
    moody.mood = ""
    assert await breaker.get("name") == b"value"


async def test_store_that_takes_nothing_is_still_read(
    breaker: Breaker, moody: Moody, clock: Clock, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO")
    moody.mood = StoreRefusesError("it is full")
    for _ in range(3):
        await breaker.put("new", b"value", 60)
        assert await breaker.get("name") == b"value"
    assert moody.asked == 1 + 3
    assert (await breaker.info()).problem == "it is full"
    moody.mood = ""
    clock.move(PAUSE)
    await breaker.put("new", b"value", 60)
    assert moody.values["new"] == b"value"
    assert (await breaker.info()).problem == ""
    assert [record.message for record in caplog.records] == ["cache_not_writable", "cache_writable"]


async def test_what_succeeds_after_the_failure_of_another_does_not_end_the_outage(
    breaker: Breaker, moody: Moody, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO")
    gate = asyncio.Event()

    async def slow(_name: str) -> bytes | None:
        await gate.wait()
        return b"late"

    quick, moody.get = moody.get, slow  # type: ignore[method-assign]
    early = asyncio.ensure_future(breaker.get("name"))
    await asyncio.sleep(0)
    moody.get, moody.mood = quick, OSError()  # type: ignore[method-assign]
    assert await breaker.get("name") is None
    gate.set()
    assert await early == b"late"
    moody.mood = ""
    assert await breaker.get("name") is None
    assert [record.message for record in caplog.records] == ["cache_down"]


async def test_what_fails_late_says_nothing_of_a_store_that_works_again(
    breaker: Breaker, moody: Moody, clock: Clock
):
    gate = asyncio.Event()

    async def slow(_name: str) -> bytes | None:
        await gate.wait()
        raise OSError

    quick, moody.get = moody.get, slow  # type: ignore[method-assign]
    early = asyncio.ensure_future(breaker.get("name"))
    await asyncio.sleep(0)
    moody.get, moody.mood = quick, OSError()  # type: ignore[method-assign]
    assert await breaker.get("name") is None
    moody.mood = ""
    clock.move(PAUSE)
    assert await breaker.get("name") == b"value"
    gate.set()
    assert await early is None
    assert await breaker.get("name") == b"value"


async def test_operator_is_told_what_could_not_be_counted_or_cleared(breaker: Breaker, moody: Moody):
    moody.mood = OSError("canary")
    info = await breaker.info()
    assert (info.entries, info.where, info.problem) == (0, "moody://***@host", "it does not answer: OSError")
    with pytest.raises(UnreachableError, match=r"moody://\*\*\*@host could not be cleared"):
        await breaker.clear()
    await breaker.aclose()
