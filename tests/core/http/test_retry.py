"""Retries: as often as it helps, as long as the caller has time, and never against the registry's word."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tests.core.http.asking import AMD64, REPOSITORY, asking, bench, entry, refused, serving

from portcall.deadline import deadline
from portcall.testing import quirks

if TYPE_CHECKING:
    from portcall.testing import Reply, Request
    from portcall.testing.quirks import Context

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class RetryAfter(quirks.Quirk):
    """429 with a ``Retry-After`` of any text."""

    text: str = ""
    status: int = 429

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        said = quirks.Answer(self.status).spoil(request, reply, context)
        return said.with_headers({"Retry-After": self.text})


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
async def test_passing_trouble_is_not_noticed(status: int):
    with serving(quirks.Answer(status, times=1)) as registry:
        async with asking(entry(registry.address)) as gateway:
            detail = await gateway.get_image_details(f"{registry.address.netloc}/{REPOSITORY}:1")
        assert detail.digest == AMD64.digest
        assert registry.count(status=status) == 1


async def test_broken_line_is_not_noticed():
    with serving(quirks.HangUp(times=2), quirks.CutBody(times=1)) as registry:
        async with bench() as made:
            stored = await made.distribution(registry.address).manifest(REPOSITORY, "1")
    assert stored.digest == AMD64.digest


async def test_lasting_outage_is_told_after_four_tries_and_never_as_not_found():
    with serving(quirks.Answer(503)) as registry:
        async with bench() as made:
            with refused("upstream_error", "503"):
                await made.distribution(registry.address).manifest(REPOSITORY, "1")
        assert registry.count() == 4


@pytest.mark.parametrize("status", [400, 403, 404, 405, 410, 418, 501, 505])
async def test_what_another_try_would_not_change_is_not_tried_again(status: int):
    with serving(quirks.Answer(status)) as registry:
        async with bench() as made:
            with refused(
                {403: "forbidden", 404: "not_found"}.get(status, "upstream_error"),
            ):
                await made.distribution(registry.address).manifest(REPOSITORY, "1")
        assert registry.count() == 1


async def test_outage_seen_by_head_is_not_asked_about_again_by_get():
    with serving(quirks.Answer(503)) as registry:
        async with bench() as made:
            with refused("upstream_error"):
                await made.distribution(registry.address).resolve(REPOSITORY, "1")
        assert registry.count(method="GET") == 0


@pytest.mark.parametrize("as_date", [False, True])
async def test_pause_that_the_registry_asks_for_is_kept(as_date: bool):
    with serving(quirks.Answer(429, times=1, retry_after=1 + as_date, as_date=as_date)) as registry:
        async with bench() as made:
            await made.distribution(registry.address).manifest(REPOSITORY, "1")
        first, second = registry.requests
    # A date knows no fractions: up to a second of it has passed already.
    assert 0.95 <= second.at - first.at < 3


@pytest.mark.parametrize("as_date", [False, True])
@pytest.mark.parametrize("status", [429, 503])
async def test_pause_longer_than_the_deadline_is_not_begun(as_date: bool, status: int):
    quirk = quirks.Answer(status, retry_after=3600, as_date=as_date)
    with serving(quirk) as registry:
        async with asking(entry(registry.address), timeout=20) as gateway:
            started = time.monotonic()
            code = "rate_limited" if status == 429 else "upstream_error"
            with refused(code, " seconds") as caught:
                await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}:1")
            assert time.monotonic() - started < 2
        assert caught.error.retry_after == pytest.approx(3600, abs=5)
        assert registry.count() == 1


async def test_pause_longer_than_a_minute_is_never_begun():
    with serving(quirks.Answer(429, retry_after=90)) as registry:
        async with bench() as made:
            with refused("rate_limited", "90 seconds"):
                await made.distribution(registry.address).manifest(REPOSITORY, "1")


@pytest.mark.parametrize("text", ["", "soon", "-1", "0", "Thu, 01 Jan 1970 00:00:00 GMT", "1e9"])
async def test_limit_that_names_no_time_is_tried_once_more_and_no_more(text: str):
    with serving(RetryAfter(text=text)) as registry:
        async with bench() as made:
            with refused("rate_limited", "later") as caught:
                await made.distribution(registry.address).manifest(REPOSITORY, "1")
        assert caught.error.retry_after is None
        assert registry.count() == 2


async def test_immense_pause_is_told_at_once():
    with serving(RetryAfter(text="9" * 30)) as registry:
        async with bench() as made:
            with refused("rate_limited") as caught:
                await made.distribution(registry.address).manifest(REPOSITORY, "1")
        assert (caught.error.retry_after or 0) > 1_000_000
        assert registry.count() == 1


async def test_spent_pull_allowance_is_not_tried_again():
    """Docker Hub's comes back in hours; its answer links the documentation."""
    with serving(quirks.RateLimit(limit=0)) as registry:
        async with bench() as made:
            with refused("rate_limited", "Signed-in callers"):
                await made.distribution(registry.address).manifest(REPOSITORY, "1")
        assert registry.count() == 1


async def test_limit_seen_by_head_is_not_asked_about_again_by_get():
    with serving(quirks.Answer(429, retry_after=3600)) as registry:
        async with bench() as made:
            with refused("rate_limited"):
                await made.distribution(registry.address).resolve(REPOSITORY, "1")
        assert [one.method for one in registry.requests] == ["HEAD"]


async def test_registry_that_is_down_is_unreachable():
    with serving() as registry:
        address = registry.address
    async with asking(entry(address), timeout=8) as gateway:
        with refused("unreachable", address.netloc, "refused"):
            await gateway.get_manifest(f"{address.netloc}/{REPOSITORY}:1")


@pytest.mark.parametrize("host", ["registry.invalid", f"{'a' * 63}.{'b' * 63}.{'c' * 63}.{'d' * 57}.invalid"])
async def test_name_that_does_not_resolve_is_unreachable_at_once(host: str):
    async with asking(timeout=10) as gateway:
        started = time.monotonic()
        with refused("unreachable"):
            await gateway.get_manifest(f"{host[-253:].lstrip('.')}/{REPOSITORY}:1")
        assert time.monotonic() - started < 5


async def test_last_try_leaves_no_time_for_another():
    """The reason is told, not that time ran out."""
    with serving(quirks.Answer(503)) as registry:
        async with bench() as made:
            with refused("upstream_error", "503"):
                # The third try begins 0.6 to 1.0 seconds after the first, and the fourth not before 1.4.
                async with deadline(1.4):
                    await made.distribution(registry.address).manifest(REPOSITORY, "1")
        assert registry.count() < 4
