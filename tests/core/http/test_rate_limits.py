"""Rate limits: read as registries write them, and kept to."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.http.asking import AMD64, REPOSITORY, Clock, asking, bench, entry, refused, serving, unhurried

from portcall.errors import RateLimitedError
from portcall.http.origin import Origin
from portcall.http.rate_limits import RateLimit, RateLimits
from portcall.http.reply import Reply, ResourceRequest
from portcall.http.upstream import Credentials, Upstream
from portcall.testing import quirks

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.anyio

NOW = 1_790_000_000.0
HUB = Upstream("docker.io", "https://registry.example")
PULL = ResourceRequest(HUB, "https://registry.example/v2/a/manifests/1", metered=True)
HEAD = ResourceRequest(HUB, "https://registry.example/v2/a/manifests/1", method="HEAD")


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        (
            {"ratelimit-limit": "100;w=21600", "ratelimit-remaining": "76;w=21600"},
            RateLimit(100, 76, 21600),
        ),
        (
            {"ratelimit-limit": "100", "ratelimit-remaining": "3", "ratelimit-reset": "50"},
            RateLimit(100, 3, None, NOW + 50),
        ),
        (
            {"x-ratelimit-limit": "180", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1790000060"},
            RateLimit(180, 0, None, NOW + 60),
        ),
        ({"x-ratelimit-remaining": "12"}, RateLimit(None, 12)),
        (
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1790000060000"},
            RateLimit(None, 0, None, NOW + 60),
        ),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "99999999999"}, RateLimit(None, 0)),
    ],
    ids=[
        "Docker Hub's pulls",
        "the IETF's draft",
        "since 1970, as GitHub",
        "half of it",
        "in milliseconds",
        "in the year 5138",
    ],
)
def test_limits_are_read_in_every_form(headers: Mapping[str, str], told: RateLimit):
    assert RateLimit.read(headers, NOW) == told


@given(
    st.dictionaries(st.sampled_from(["ratelimit-limit", "x-ratelimit-remaining", "ratelimit-reset"]), st.text())
)
@unhurried
def test_any_headers_are_read(headers: dict[str, str]):
    told = RateLimit.read(headers, NOW)
    assert told is None or (told.limit, told.remaining) != (None, None)


def origin() -> Origin:
    found = Origin.of(HUB.endpoint)
    assert found is not None
    return found


async def test_spent_allowance_is_left_alone_for_a_minute_and_what_is_not_counted_is_asked():
    clock = Clock()
    limits = RateLimits(clock)
    limits.observe(
        PULL, origin(), Reply(200, {"ratelimit-limit": "100;w=21600", "ratelimit-remaining": "0;w=21600"})
    )
    with pytest.raises(RateLimitedError, match=r"100 pulls in 6 hours"):
        await limits.admit(PULL, origin())
    await limits.admit(HEAD, origin())
    clock.move(61)
    await limits.admit(PULL, origin())


async def test_spent_allowance_is_left_alone_until_it_is_back():
    clock = Clock()
    limits = RateLimits(clock)
    back = int(time.time()) + 600
    headers = {"x-ratelimit-limit": "5", "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(back)}
    limits.observe(HEAD, origin(), Reply(200, headers))
    with pytest.raises(RateLimitedError) as limited:
        await limits.admit(PULL, origin())
    assert limited.value.retry_after == pytest.approx(600, abs=5)
    clock.move(601)
    await limits.admit(PULL, origin())


async def test_allowance_of_one_caller_is_not_anothers():
    limits = RateLimits()
    limits.observe(HEAD, origin(), Reply(200, {"ratelimit-limit": "1;w=60", "ratelimit-remaining": "0;w=60"}))
    ada = Upstream("docker.io", HUB.endpoint, credentials=Credentials("ada", "secret"))
    await limits.admit(ResourceRequest(ada, PULL.url, metered=True), origin())
    assert limits.of(ada) is None


async def test_allowance_that_is_back_in_a_moment_is_waited_for():
    limits = RateLimits()
    headers = {"ratelimit-limit": "9", "ratelimit-remaining": "0", "ratelimit-reset": "1"}
    limits.observe(PULL, origin(), Reply(200, headers))
    started = time.monotonic()
    await limits.admit(PULL, origin())
    assert 0.1 < time.monotonic() - started < 5


async def test_refusal_of_a_pull_stops_pulls_alone():
    limits = RateLimits(Clock())
    headers = {"ratelimit-limit": "9;w=60", "ratelimit-remaining": "0;w=60", "retry-after": "600"}
    limits.observe(PULL, origin(), Reply(429, headers))
    await limits.admit(HEAD, origin())
    with pytest.raises(RateLimitedError, match="allowance"):
        await limits.admit(PULL, origin())


@pytest.mark.parametrize("status", [403, 429])
async def test_pause_is_kept_by_whichever_status_it_is_asked_for(status: int):
    # GitHub's secondary limits are 403 as often as not, and whoever goes on is shut out.
    limits = RateLimits(Clock())
    limits.observe(HEAD, origin(), Reply(status, {"retry-after": "60"}))
    with pytest.raises(RateLimitedError) as refusal:
        await limits.admit(HEAD, origin())
    assert refusal.value.retry_after == pytest.approx(60)


async def test_refusal_without_a_pause_is_none():
    limits = RateLimits(Clock())
    limits.observe(HEAD, origin(), Reply(403))
    await limits.admit(HEAD, origin())


async def test_allowances_that_are_counted_apart_are_kept_to_apart():
    limits = RateLimits(Clock())
    search = replace(PULL, allowance="search")
    limits.observe(search, origin(), Reply(200, {"x-ratelimit-remaining": "0", "x-ratelimit-limit": "10"}))
    await limits.admit(PULL, origin())
    with pytest.raises(RateLimitedError):
        await limits.admit(search, origin())


async def test_pause_of_a_year_is_tried_again_after_an_hour():
    clock = Clock()
    limits = RateLimits(clock)
    limits.observe(HEAD, origin(), Reply(429, {"retry-after": "31536000"}))
    with pytest.raises(RateLimitedError):
        await limits.admit(HEAD, origin())
    clock.move(3601)
    await limits.admit(HEAD, origin())


async def test_manifests_of_a_registry_that_counts_no_pulls_are_asked_for_whatever_it_says():
    with serving(quirks.RateLimit(limit=1)) as registry:
        async with bench() as made:
            for tag in ("1", "latest"):
                with contextlib.suppress(RateLimitedError):
                    await made.distribution(registry.address).manifest(REPOSITORY, tag)
        assert registry.count("manifest", method="GET") >= 2


async def test_pause_that_one_call_was_asked_for_is_kept_by_the_next():
    with serving(quirks.Answer(429, retry_after=3600, times=1)) as registry:
        async with asking(entry(registry.address)) as gateway:
            with refused("rate_limited") as first:
                await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}:1")
            with refused("rate_limited", "asked for a pause") as second:
                await gateway.search_tags(f"{registry.address.netloc}/{REPOSITORY}")
        assert len(registry.requests) == 1
    assert first.error.retry_after == 3600
    assert second.error.retry_after == pytest.approx(3600, abs=30)


async def test_short_pause_is_waited_for_by_whoever_comes_next():
    with serving(quirks.Answer(429, retry_after=1, times=1)) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address)
            assert (await distribution.manifest(REPOSITORY, "1")).digest == AMD64.digest
        first, second = registry.requests
    assert second.at - first.at >= 0.95
