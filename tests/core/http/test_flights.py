"""Identical questions share one answer, and nobody's leaving costs another's."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Any

import pytest
from tests.core.http.asking import AMD64, BOTH, REPOSITORY, asking, bench, entry, refused, serving

from portcall.deadline import deadline
from portcall.errors import DeadlineExceededError
from portcall.http.flight import Flights
from portcall.testing import BearerAuth, quirks, serve

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = pytest.mark.anyio


async def leave(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks, and wait until they are gone."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def until(claim: Callable[[], object]) -> None:
    """Wait until a claim comes true, for five seconds at most."""
    async with asyncio.timeout(5):
        while not claim():  # noqa: ASYNC110 - what is awaited happens in another thread
            await asyncio.sleep(0.005)


class Tasks:
    """The tasks that were begun since."""

    def __init__(self) -> None:
        self._before = asyncio.all_tasks()

    def __call__(self) -> set[asyncio.Task[Any]]:
        return asyncio.all_tasks() - self._before


async def test_thousand_cold_questions_cost_one_request_for_each_resource():
    with serving(quirks.Latency(0.02), auth=BearerAuth()) as registry:
        async with asking(entry(registry.address)) as gateway:
            image = f"{registry.address.netloc}/{REPOSITORY}:latest"
            details = await asyncio.gather(*(gateway.get_image_details(image) for _ in range(1000)))
        assert {detail.platform_digest for detail in details} == {AMD64.digest}
        assert [(one.kind, one.status) for one in registry.requests] == [
            ("manifest", 401),
            ("token", 200),
            ("manifest", 200),
            ("manifest", 200),
            ("blob", 200),
        ]


async def test_question_goes_on_for_those_who_stay():
    with serving(quirks.Latency(0.2)) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address)
            impatient, patient = (asyncio.create_task(distribution.manifest(REPOSITORY, "1")) for _ in range(2))
            await until(lambda: registry.requests)
            await leave(impatient)
            assert (await patient).digest == AMD64.digest
        assert impatient.cancelled()
        assert len(registry.requests) == 1


async def test_question_stops_when_nobody_is_left():
    """The registry sees the line go down, and is asked nothing more."""
    gone = threading.Event()
    asked: list[str] = []

    async def stalling(scope: Any, receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            return
        asked.append(scope["path"])
        while (await receive())["type"] != "http.disconnect":
            pass
        gone.set()

    begun = Tasks()
    with serve(stalling) as address:
        async with bench() as made:
            distribution = made.distribution(address)
            callers = [asyncio.create_task(distribution.manifest(REPOSITORY, "1")) for _ in range(3)]
            await until(lambda: asked)
            await leave(*callers[:2])
            assert not gone.is_set()
            await leave(callers[2])
            await until(gone.is_set)
            await until(lambda: not begun())
    assert len(asked) == 1


async def test_newcomer_does_not_board_a_flight_that_goes_down():
    with serving(quirks.Stall(times=1)) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address)
            first = asyncio.create_task(distribution.manifest(REPOSITORY, "1"))
            await until(lambda: registry.requests)
            first.cancel()
            # Not yet gone, and somebody else asks.
            second = asyncio.create_task(distribution.manifest(REPOSITORY, "1"))
            with contextlib.suppress(asyncio.CancelledError):
                await first
            assert (await second).digest == AMD64.digest


async def test_nothing_is_left_running_after_a_call():
    begun = Tasks()
    with serving(auth=BearerAuth()) as registry:
        async with asking(entry(registry.address)) as gateway:
            image = f"{registry.address.netloc}/{REPOSITORY}"
            await gateway.get_image_details(f"{image}:latest")
            with refused("not_found"):
                await gateway.get_image_details(f"{image}:no-such-tag")
            await until(lambda: not begun())


async def test_failure_is_each_callers_own():
    """Whoever catches it notes down whose question it was."""
    with serving(quirks.Latency(0.1), quirks.FlippedBit()) as registry:
        async with asking(entry(registry.address)) as gateway:
            image = f"{registry.address.netloc}/{REPOSITORY}"
            asked = [f"{image}@{BOTH.digest}", f"{image}:2@{BOTH.digest}"]
            errors = await asyncio.gather(
                *(gateway.get_manifest(reference) for reference in asked), return_exceptions=True
            )
        assert len(registry.requests) == 1
    assert [getattr(error, "code", None) for error in errors] == ["digest_mismatch"] * 2
    assert [getattr(error, "reference", None) for error in errors] == asked


async def test_two_names_of_one_endpoint_are_two_registries():
    with serving(quirks.Latency(0.1), quirks.FlippedBit()) as registry:
        names = ["one.example", "two.example"]
        async with asking({name: {"endpoint": registry.address.url} for name in names}) as gateway:
            errors = await asyncio.gather(
                *(gateway.get_manifest(f"{name}/{REPOSITORY}@{BOTH.digest}") for name in names),
                return_exceptions=True,
            )
    assert [str(error).split()[1] for error in errors] == names


async def test_failure_leaves_nothing_behind():
    with serving(quirks.Answer(403, times=1)) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address)
            with refused("forbidden"):
                await distribution.manifest(REPOSITORY, "1")
            assert (await distribution.manifest(REPOSITORY, "1")).digest == AMD64.digest


async def test_flight_has_the_time_of_its_most_patient_passenger():
    with serving(quirks.Answer(429, retry_after=1, times=1)) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address)

            async def ask(seconds: float) -> str:
                async with deadline(seconds):
                    return (await distribution.manifest(REPOSITORY, "1")).digest

            hurried, patient = await asyncio.gather(ask(0.3), ask(10), return_exceptions=True)
        assert isinstance(hurried, DeadlineExceededError)
        assert patient == AMD64.digest
        assert len(registry.requests) == 2


async def test_closing_ends_what_is_under_way():
    begun = Tasks()
    with serving(quirks.Stall()) as registry:
        async with bench() as made:
            caller = asyncio.create_task(made.distribution(registry.address).manifest(REPOSITORY, "1"))
            await until(lambda: registry.requests)
            await made.http.aclose()
            with refused("unreachable", "closed"):
                await caller
            assert begun() == set()


async def test_work_that_fails_with_a_strange_error_fails_so_for_all():
    flights: Flights[int] = Flights()

    async def work() -> int:
        await asyncio.sleep(0)
        raise ZeroDivisionError

    results = await asyncio.gather(*(flights.share("key", work) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [ZeroDivisionError] * 3


async def test_flights_of_different_keys_are_different():
    flights: Flights[int] = Flights()

    async def work(number: int) -> int:
        await asyncio.sleep(0)
        return number

    shared = (flights.share(number, lambda number=number: work(number)) for number in range(3))
    assert await asyncio.gather(*shared) == [0, 1, 2]
