"""A call ends when its time is over, whatever the registry does, and the next one works."""

from __future__ import annotations

import asyncio
import math
import time

import pytest
from tests.core.http.asking import AMD64, REPOSITORY, asking, bench, entry, refused, serving

from portcall.deadline import deadline, remaining
from portcall.digest import matches
from portcall.errors import DeadlineExceededError
from portcall.oci.descriptor import Descriptor
from portcall.testing import BearerAuth, quirks
from portcall.testing.quirks import Quirk

pytestmark = pytest.mark.anyio

CONFIG = Descriptor.parse(AMD64.document["config"])


@pytest.mark.parametrize(
    "quirk",
    [
        quirks.Stall(times=1),
        quirks.Stall(after=20, times=1),
        quirks.Stall(path="/token", times=1),
        quirks.Stall(path="/blobs/", after=1, times=1),
        quirks.Dribble(pause=0.02, times=1),
        quirks.Latency(60, times=1),
    ],
    ids=repr,
)
async def test_stalled_registry_costs_the_time_of_one_call(quirk: Quirk):
    with serving(auth=BearerAuth()) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address)
            # Before its first connection the process has to load what it connects with.
            await distribution.ping()
            registry.add(quirk)

            async def ask() -> bytes:
                await distribution.manifest(REPOSITORY, "1")
                return await distribution.blob(REPOSITORY, CONFIG)

            started = time.monotonic()
            with refused("timeout", "0.3 seconds", "network.timeout"):
                async with deadline(0.3):
                    await ask()
            assert 0.25 < time.monotonic() - started < 3
            async with deadline(20):
                assert matches(CONFIG.digest, await ask())
        assert registry.fired(type(quirk)) == 1


async def test_call_of_the_facade_has_the_configured_time():
    with serving(quirks.Stall()) as registry:
        async with asking(entry(registry.address), timeout=0.3) as gateway:
            with refused("timeout", "0.3 seconds"):
                await gateway.get_image_details(f"{registry.address.netloc}/{REPOSITORY}:1")


async def test_stall_of_one_registry_keeps_nobody_else_waiting():
    with serving(quirks.Stall()) as stalled, serving() as lively:
        async with asking({**entry(stalled.address), **entry(lively.address)}, timeout=2) as gateway:
            image = f"{stalled.address.netloc}/{REPOSITORY}:1"
            waiting = [asyncio.create_task(gateway.get_manifest(image)) for _ in range(100)]
            await gateway.get_manifest(f"{lively.address.netloc}/{REPOSITORY}:1")
            assert not any(task.done() for task in waiting)
            results = await asyncio.gather(*waiting, return_exceptions=True)
    assert {getattr(result, "code", None) for result in results} == {"timeout"}
    assert len(stalled.requests) == 1


async def test_time_that_remains_is_known():
    assert remaining() == math.inf
    async with deadline(5):
        assert 4 < remaining() <= 5
        async with deadline(60):
            assert remaining() <= 5
        async with deadline(1):
            assert remaining() <= 1
        assert remaining() > 4
    assert remaining() == math.inf


async def test_inner_deadline_may_pass_within_an_outer_one():
    async with deadline(5):
        with pytest.raises(DeadlineExceededError):
            async with deadline(0.01):
                await asyncio.sleep(5)
        assert remaining() > 4


async def test_no_time_at_all_is_over_at_once():
    with pytest.raises(DeadlineExceededError):
        async with deadline(0):
            await asyncio.sleep(5)


async def test_timeout_of_another_making_is_not_taken_for_the_deadline():
    with pytest.raises(TimeoutError):
        async with deadline(5):
            raise TimeoutError


async def test_cancellation_is_not_taken_for_the_deadline():
    async def work() -> None:
        async with deadline(5):
            await asyncio.sleep(5)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
