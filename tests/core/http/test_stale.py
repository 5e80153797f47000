"""While a registry cannot be asked, what it said before has to do, and is owned up to."""

from __future__ import annotations

import asyncio

import pytest
from tests.core.http.asking import AMD64, REPOSITORY, Bench, bench, refused, serving

from portcall.call import Call, calling
from portcall.oci.manifest import StoredManifest
from portcall.testing import FakeRegistry, quirks

pytestmark = pytest.mark.anyio

# An outage that lasts longer than a call may is told at once; that others are tried again, test_retry.py shows.

#: Long enough for an answer by tag to be past its time.
LATER = 61.0


async def ask(made: Bench, registry: FakeRegistry, tag: str = "1") -> tuple[StoredManifest, Call]:
    with calling("test") as call:
        return await made.distribution(registry.address).manifest(REPOSITORY, tag), call


@pytest.mark.parametrize(
    "outage",
    [
        quirks.Answer(503, retry_after=900),
        quirks.Answer(429, retry_after=3600),
        quirks.HangUp(),
        quirks.Answer(500, body=b"<html>oops</html>", content_type="text/html", retry_after=900),
    ],
    ids=["503", "429", "broken line", "500"],
)
async def test_what_was_true_a_while_ago_is_told_with_its_time(outage: quirks.Quirk):
    with serving() as registry:
        async with bench() as made:
            fresh, call = await ask(made, registry)
            assert call.as_of is None
            made.clock.move(LATER)
            registry.add(outage)
            stale, call = await ask(made, registry)
    assert stale.digest == fresh.digest == AMD64.digest
    assert call.as_of is not None
    assert call.looked_up["stale"] == 1


async def test_registry_that_hangs_is_not_waited_for_long():
    with serving() as registry:
        async with bench() as made:
            await ask(made, registry)
            made.clock.move(LATER)
            registry.add(quirks.Stall())
            async with asyncio.timeout(15):
                _, call = await ask(made, registry)
    assert call.as_of is not None


async def test_what_a_slow_registry_says_late_is_told_to_whoever_asks_next():
    with serving() as registry:
        async with bench() as made:
            await ask(made, registry)
            made.clock.move(LATER)
            registry.add(quirks.Latency(6.0))
            _, during = await ask(made, registry)
            assert during.as_of is not None
            before = len(registry.requests)
            await asyncio.sleep(2)
            _, after = await ask(made, registry)
    assert after.as_of is None
    assert after.looked_up["stale"] == 0
    assert len(registry.requests) == before


async def test_what_was_true_more_than_a_day_ago_is_told_no_more():
    with serving() as registry:
        async with bench() as made:
            await ask(made, registry)
            made.clock.move(LATER)
            made.wall.move(86_401)
            registry.add(quirks.Answer(503, retry_after=900))
            with refused("upstream_error"):
                await ask(made, registry)


async def test_registry_that_is_back_is_believed_again():
    with serving() as registry:
        async with bench() as made:
            await ask(made, registry)
            made.clock.move(LATER)
            registry.add(quirks.Answer(503, times=4))
            _, during = await ask(made, registry)
            _, after = await ask(made, registry)
    assert during.as_of is not None
    assert after.as_of is None


async def test_outage_is_told_where_nothing_was_known_before():
    with serving(quirks.Answer(503, retry_after=900)) as registry:
        async with bench() as made:
            with refused("upstream_error"):
                await ask(made, registry)


async def test_absence_of_a_while_ago_is_never_told_for_one_of_now():
    with serving() as registry:
        async with bench() as made:
            with refused("not_found"):
                await ask(made, registry, "no-such-tag")
            made.clock.move(LATER)
            registry.add(quirks.Answer(503, retry_after=900))
            with refused("upstream_error"):
                await ask(made, registry, "no-such-tag")


async def test_refusal_is_no_outage():
    """Whoever lost access does not go on reading what there was."""
    with serving() as registry:
        async with bench() as made:
            await ask(made, registry)
            made.clock.move(LATER)
            registry.add(quirks.Answer(403))
            with refused("forbidden"):
                await ask(made, registry)
