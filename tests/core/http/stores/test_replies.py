"""Which replies are kept where, for how long, for whom, and what is believed of what comes back."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from tests.core.http.asking import Clock, unhurried
from tests.core.http.stores.keeping import everything_in, files_in, put_into, tiers
from tests.core.http.stores.questions import ADA, BOB, KEY, MIB, SECRET_BODY, by_digest, by_tag, reply_to

from portcall.deadline import deadline
from portcall.errors import DeadlineExceededError
from portcall.http.cache import MemoryCache
from portcall.http.replies import ReplyCache
from portcall.http.reply import Lifetime, Reply, ResourceRequest
from portcall.http.stores import StoreInfo
from portcall.http.stores.entry import Entry
from portcall.http.upstream import Upstream

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed.redis import RedisServer

    from portcall.http.upstream import Credentials

pytestmark = pytest.mark.anyio

BODY = b"what a digest names"
HOUR, DAY = 3600, 86_400


class Asked:
    """Where credentials are asked for."""

    name = "helper"

    def held(self, repository: str) -> Credentials | None: ...

    async def obtain(self, repository: str) -> Credentials | None: ...


# Memory alone


async def test_without_a_store_memory_is_all_there_is():
    async with tiers(None) as made:
        assert await made.find(by_tag()) is None
        await made.keep(by_tag(), BODY)
        assert await made.tier_of(by_tag()) == "memory"
        made.pass_by(61)
        assert await made.find(by_tag()) is None
        assert await made.tier_of(by_tag(), stale=True) == "memory"
        made.replies.drop(by_tag())
        assert await made.find(by_tag(), stale=True) is None
        assert (await made.replies.info()).keys() == {"memory"}


async def test_what_is_held_is_in_memory_alone(redis_server: RedisServer):
    async with tiers(redis_server.url) as made:
        made.replies.hold(by_tag(), made.reply(by_tag(), BODY))
        assert made.replies.held(by_tag()) == made.reply(by_tag(), BODY)
        assert not everything_in(redis_server)


# From one process to the next


async def test_disk_keeps_what_is_named_by_digest_for_ever(tmp_path: Path):
    async with tiers(f"disk://{tmp_path}") as made:
        await made.keep(by_digest(BODY), BODY)
    async with tiers(f"disk://{tmp_path}") as made:
        made.pass_by(30 * DAY)
        found = await made.find(by_digest(BODY))
        assert found
        assert (found.tier, found.reply) == ("disk", reply_to(by_digest(BODY), BODY))
        assert await made.tier_of(by_digest(BODY)) == "memory"


async def test_disk_tells_nothing_of_a_tag_but_where_the_registry_cannot_be_asked(tmp_path: Path):
    """Whoever asks at the shell wants to know what the tag stands for now."""
    wall = Clock()
    async with tiers(f"disk://{tmp_path}", wall=wall) as made:
        await made.keep(by_tag(), b"of a tag")
    async with tiers(f"disk://{tmp_path}", wall=wall) as made:
        assert await made.find(by_tag()) is None
        assert await made.tier_of(by_tag(), stale=True) == "disk"
        made.pass_by(DAY + 1)
        assert await made.find(by_tag(), stale=True) is None


async def test_disk_never_tells_that_something_is_missing(tmp_path: Path):
    absent = by_digest(b"not there")
    async with tiers(f"disk://{tmp_path}") as made:
        await made.replies.keep(absent, Reply(404, {}, b"", absent.url, made.wall.now))
        await made.replies.keep(by_tag(), Reply(404, {}, b"", by_tag().url, made.wall.now))
        assert (await made.replies.info())["disk"].entries == 0
    async with tiers(f"disk://{tmp_path}") as made:
        assert await made.find(absent, stale=True) is None
        assert await made.find(by_tag(), stale=True) is None


async def test_redis_keeps_what_is_true_for_a_minute_for_that_minute(redis_server: RedisServer):
    wall = Clock()
    async with tiers(redis_server.url, wall=wall) as one, tiers(redis_server.url, wall=wall) as other:
        await one.keep(by_tag(), b"of a tag")
        wall.move(40)
        found = await other.find(by_tag())
        assert found
        assert (found.tier, found.reply.body, found.reply.obtained) == ("redis", b"of a tag", 1000)
        other.pass_by(19)
        assert await other.tier_of(by_tag()) == "memory"
        other.pass_by(2)
        assert await other.find(by_tag()) is None


async def test_absence_is_shared_for_ten_seconds_and_never_stale(redis_server: RedisServer):
    async with tiers(redis_server.url, memory=0) as made:
        await made.replies.keep(by_tag(), Reply(404, {}, b"{}", by_tag().url, made.wall.now))
        with redis.Redis.from_url(redis_server.url) as client:
            assert [client.ttl(key) <= 10 for key in everything_in(redis_server)] == [True]
        made.pass_by(9)
        assert await made.tier_of(by_tag()) == "redis"
        made.pass_by(2)
        assert await made.find(by_tag()) is None
        assert await made.find(by_tag(), stale=True) is None


@pytest.mark.parametrize("status", [301, 401, 403, 429, 500, 503])
async def test_refusals_are_kept_nowhere(redis_server: RedisServer, status: int):
    async with tiers(redis_server.url) as made:
        await made.replies.keep(by_tag(), Reply(status))
        await made.replies.keep(by_digest(BODY), Reply(status))
        await made.keep(by_digest(BODY, lifetime=Lifetime.NONE), BODY)
        assert not everything_in(redis_server)
        assert await made.find(by_tag(), stale=True) is None


# Past its time


async def test_what_is_past_its_time_is_there_for_a_day_for_whoever_asks_for_it(redis_server: RedisServer):
    async with tiers(redis_server.url, memory=0) as made:
        await made.keep(by_tag(), BODY)
        made.pass_by(61)
        assert await made.find(by_tag()) is None
        found = await made.find(by_tag(), stale=True)
        assert found
        assert (found.tier, found.reply.obtained) == ("redis", 1000)
        made.pass_by(DAY - 10)
        assert await made.tier_of(by_tag(), stale=True) == "redis"
        made.pass_by(20)
        assert await made.find(by_tag(), stale=True) is None


async def test_what_is_past_its_time_does_not_become_fresh_by_being_found(redis_server: RedisServer):
    wall = Clock()
    async with tiers(redis_server.url, wall=wall) as one, tiers(redis_server.url, wall=wall) as other:
        await one.keep(by_tag(), BODY)
        wall.move(61)
        assert await other.tier_of(by_tag(), stale=True) == "redis"
        assert await other.find(by_tag()) is None
        assert other.replies.held(by_tag(), stale=True) is None


async def test_latest_of_what_is_past_its_time_is_found(redis_server: RedisServer):
    wall = Clock()
    async with tiers(redis_server.url, wall=wall) as one, tiers(redis_server.url, wall=wall) as other:
        await one.keep(by_tag(), b"old")
        one.pass_by(HOUR)
        await other.keep(by_tag(), b"new")
        one.pass_by(HOUR)
        found = await one.find(by_tag(), stale=True)
        assert found
        assert (found.tier, found.reply.body) == ("redis", b"new")
        one.replies.hold(by_tag(), one.reply(by_tag(), b"newest"))
        one.pass_by(HOUR)
        found = await one.find(by_tag(), stale=True)
        assert found
        assert (found.tier, found.reply.body) == ("memory", b"newest")


@pytest.mark.parametrize(("back", "fresh"), [(0, True), (4, True), (10, False), (HOUR, False), (30 * DAY, False)])
async def test_clock_that_was_set_back_makes_nothing_fresh_for_longer(
    redis_server: RedisServer, back: float, fresh: bool
):
    async with tiers(redis_server.url, memory=0) as made:
        await made.keep(by_tag(), BODY)
        await made.keep(by_digest(BODY), BODY)
        made.wall.move(-back)
        assert (await made.find(by_tag()) is not None) == fresh
        assert await made.tier_of(by_tag(), stale=True) == "redis"
        assert await made.tier_of(by_digest(BODY)) == "redis"


@unhurried
@given(
    st.sampled_from([200, 404]),
    st.sampled_from(["digest", "tag"]),
    st.floats(0, 1e10),
    st.none() | st.floats(0, 1e10),
    st.floats(0, 1e10),
)
def test_whatever_an_entry_says_nothing_is_fresh_for_longer_than_its_kind(
    status: int, kind: str, obtained: float, expires: float | None, now: float
):
    request = by_tag() if kind == "tag" else by_digest(b"")
    wall = Clock()
    wall.now = now
    replies = ReplyCache(MemoryCache(0), wall=wall)
    entry = Entry(Reply(status, {}, b"", "", obtained), math.inf if expires is None else expires)
    left = replies._seconds_left(request, entry)
    if status == 200 and kind == "digest":
        assert expires is not None or left == math.inf
    else:
        assert left <= (60 if status == 200 else 10)
        assert left <= 0 or obtained - 5 <= now <= obtained + 60


# Whose it is


@pytest.fixture
def kept_by_ada(redis_server: RedisServer) -> RedisServer:
    async def keep() -> None:
        async with tiers(redis_server.url, key=KEY) as made:
            await made.keep(by_tag("private", ADA), SECRET_BODY)
            await made.keep(by_digest(SECRET_BODY, ADA), SECRET_BODY)

    asyncio.run(keep())
    return redis_server


async def test_private_reply_is_found_by_its_owner_in_another_process(kept_by_ada: RedisServer):
    async with tiers(kept_by_ada.url, key=KEY) as made:
        for request in (by_tag("private", ADA), by_digest(SECRET_BODY, ADA)):
            found = await made.find(request)
            assert found
            assert (found.tier, found.reply.body) == ("redis", SECRET_BODY)


@pytest.mark.parametrize("credentials", [BOB, None])
async def test_private_reply_is_found_by_nobody_else(kept_by_ada: RedisServer, credentials: Credentials | None):
    async with tiers(kept_by_ada.url, key=KEY) as made:
        assert await made.find(by_tag("private", credentials), stale=True) is None
        assert await made.find(by_digest(SECRET_BODY, credentials)) is None


async def test_private_reply_is_not_found_with_another_key(kept_by_ada: RedisServer):
    async with tiers(kept_by_ada.url, key="another text of an operator") as made:
        assert await made.find(by_tag("private", ADA)) is None
    async with tiers(kept_by_ada.url) as made:
        assert await made.find(by_tag("private", ADA)) is None


async def test_nothing_private_is_readable_in_redis(kept_by_ada: RedisServer):
    held = everything_in(kept_by_ada)
    assert len(held) == 2
    for key, value in held.items():
        assert json.loads(value).keys() == {"v", "sealed"}
        shown = key + value + base64.b64decode(json.loads(value)["sealed"])
        for secret in (SECRET_BODY, ADA.secret.encode(), b"shop/api", b"registry.example", b"application/json"):
            assert secret not in shown
            assert base64.b64encode(secret)[:-4] not in shown


async def test_private_reply_stays_in_memory_where_there_is_no_seal(redis_server: RedisServer, tmp_path: Path):
    for url in (redis_server.url, f"disk://{tmp_path}"):
        async with tiers(url) as made:
            await made.keep(by_digest(SECRET_BODY, ADA), SECRET_BODY)
            assert await made.tier_of(by_digest(SECRET_BODY, ADA)) == "memory"
    assert not everything_in(redis_server)
    assert not files_in(tmp_path)


async def test_private_reply_is_sealed_on_the_disk_too(tmp_path: Path):
    for tier in ("memory", "disk"):
        async with tiers(f"disk://{tmp_path}", key=KEY) as made:
            if tier == "memory":
                await made.keep(by_digest(SECRET_BODY, ADA), SECRET_BODY)
            assert await made.tier_of(by_digest(SECRET_BODY, ADA)) == tier
    [file] = files_in(tmp_path)
    assert json.loads(file.read_bytes()).keys() == {"v", "sealed"}


async def test_reply_that_took_credentials_not_known_yet_is_stored_for_nobody(redis_server: RedisServer):
    upstream = Upstream("registry.example", "https://registry.example", source=Asked())
    request = ResourceRequest(upstream, by_tag().url, lifetime=Lifetime.BRIEF)
    async with tiers(redis_server.url, key=KEY) as made:
        await made.keep(request, SECRET_BODY)
        assert await made.tier_of(request) == "memory"
    assert not everything_in(redis_server)


@pytest.mark.parametrize(
    "other",
    [
        {"url": "https://registry.example/v2/shop/api/manifests/2"},
        {"method": "HEAD"},
        {"accept": "application/json"},
        {"scope": "repository:other/api:pull"},
        {"upstream": Upstream("other.example", "https://registry.example")},
    ],
)
async def test_another_question_is_another_entry(redis_server: RedisServer, other: dict[str, Any]):
    async with tiers(redis_server.url, memory=0) as made:
        await made.keep(by_tag(), BODY)
        assert await made.tier_of(by_tag()) == "redis"
        assert await made.find(replace(by_tag(), **other)) is None


# What is believed


async def test_poisoned_entry_is_refused_by_its_digest_and_fetched_anew(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
):
    async with tiers(redis_server.url) as made:
        await made.keep(by_digest(BODY), BODY)
    [(key, value)] = everything_in(redis_server).items()
    poison = json.loads(value) | {"body": base64.b64encode(b"canary-poison").decode()}
    put_into(redis_server, {key: json.dumps(poison).encode()})
    async with tiers(redis_server.url) as made:
        assert await made.find(by_digest(BODY), stale=True) is None
        assert made.replies.held(by_digest(BODY)) is None
        await made.keep(by_digest(BODY), BODY)
    assert everything_in(redis_server) == {key: value}
    [record] = caplog.records
    assert record.message == "cache_entry_refused"
    assert vars(record)["reason"] == "digest"
    assert "canary" not in str(vars(record))


async def test_swapped_sealed_entries_are_refused(redis_server: RedisServer, caplog: pytest.LogCaptureFixture):
    async with tiers(redis_server.url, key=KEY) as made:
        for tag in ("1", "2"):
            await made.keep(by_tag(tag, ADA), f"of tag {tag}".encode())
    (one, other) = everything_in(redis_server).items()
    put_into(redis_server, {one[0]: other[1], other[0]: one[1]})
    async with tiers(redis_server.url, key=KEY) as made:
        for tag in ("1", "2"):
            assert await made.find(by_tag(tag, ADA), stale=True) is None
    assert not everything_in(redis_server)
    assert [record.message for record in caplog.records] == ["cache_entry_refused"] * 2


async def test_swapped_public_entries_are_refused(redis_server: RedisServer):
    async with tiers(redis_server.url) as made:
        for tag in ("1", "2"):
            await made.keep(by_tag(tag), f"of tag {tag}".encode())
    (one, other) = everything_in(redis_server).items()
    put_into(redis_server, {one[0]: other[1], other[0]: one[1]})
    async with tiers(redis_server.url) as made:
        assert await made.find(by_tag("1"), stale=True) is None


async def test_plain_entry_in_a_private_ones_place_is_refused(kept_by_ada: RedisServer):
    async with tiers(kept_by_ada.url) as made:
        await made.keep(by_tag("public"), b"forged")
    held = everything_in(kept_by_ada)
    [plain] = [value for value in held.values() if b"sealed" not in value]
    put_into(
        kept_by_ada,
        {
            key: json.dumps(json.loads(plain) | {"name": key.decode().rpartition(":")[2]}).encode()
            for key, value in held.items()
            if value != plain
        },
    )
    async with tiers(kept_by_ada.url, key=KEY) as made:
        assert await made.find(by_tag("private", ADA), stale=True) is None
        assert await made.find(by_digest(SECRET_BODY, ADA), stale=True) is None


@pytest.mark.parametrize(
    "value", [b"", b"\x80\x04K\x01.", b"null", b"{}", b"[]" * 1000, b"x" * 300_000, b"[" * 100_000]
)
async def test_anything_else_in_its_place_counts_as_absent(redis_server: RedisServer, value: bytes):
    async with tiers(redis_server.url, memory=0) as made:
        await made.keep(by_digest(BODY), BODY)
        [key] = everything_in(redis_server)
        put_into(redis_server, {key: value})
        assert await made.find(by_digest(BODY), stale=True) is None
        await made.keep(by_digest(BODY), BODY)
        assert await made.tier_of(by_digest(BODY)) == "redis"


async def test_entry_that_claims_a_status_that_is_never_kept_is_not_used(redis_server: RedisServer):
    async with tiers(redis_server.url, memory=0) as made:
        await made.keep(by_tag(), BODY)
        [(key, value)] = everything_in(redis_server).items()
        put_into(redis_server, {key: json.dumps(json.loads(value) | {"status": 403, "expires": None}).encode()})
        assert await made.find(by_tag(), stale=True) is None


async def test_relative_link_after_a_redirect_is_not_stored(redis_server: RedisServer):
    """It counts from an address that is not stored."""
    moved = "https://registry.example/other/tags/list"
    async with tiers(redis_server.url) as made:
        await made.keep(by_tag(), BODY, headers={"link": '<?last=x>; rel="next"'}, url=moved)
        assert not everything_in(redis_server)
        await made.keep(by_tag(), BODY, headers={"link": '<?last=x>; rel="next"'})
        await made.keep(by_digest(BODY), BODY, url=moved)
        assert len(everything_in(redis_server)) == 2


# Large, dropped, counted


@pytest.mark.parametrize("credentials", [None, ADA])
async def test_large_reply_is_coded_beside_the_loop_and_the_largest_not_stored(
    redis_server: RedisServer, credentials: Credentials | None
):
    large, largest = b"x" * 300_000, b"x" * (12 * MIB + 1)
    async with tiers(redis_server.url, key=KEY) as made:
        for body in (large, largest):
            await made.keep(by_digest(body, credentials), body)
    async with tiers(redis_server.url, key=KEY) as made:
        found = await made.find(by_digest(large, credentials))
        assert found
        assert found.reply.body == large
        assert await made.find(by_digest(largest, credentials)) is None
    assert len(everything_in(redis_server)) == 1


async def test_dropped_reply_is_found_nowhere_at_once_and_gone_soon(redis_server: RedisServer):
    async with tiers(redis_server.url) as made:
        await made.keep(by_tag(), BODY)
        made.replies.drop(by_tag())
        assert await made.find(by_tag(), stale=True) is None
        await made.keep(by_tag(), b"new")
        assert len(everything_in(redis_server)) == 1
        made.replies.drop(by_tag())
    assert not everything_in(redis_server)


async def test_reply_is_dropped_though_its_call_has_no_time_left(redis_server: RedisServer):
    async with tiers(redis_server.url) as made:
        await made.keep(by_tag(), BODY)
        with contextlib.suppress(DeadlineExceededError):
            async with deadline(0.001):
                made.replies.drop(by_tag())
                time.sleep(0.005)  # noqa: ASYNC251 - the loop gets to the dropping too late
    assert not everything_in(redis_server)


async def test_each_tier_is_counted_and_cleared(redis_server: RedisServer, tmp_path: Path):
    for url, tier in ((redis_server.url, "redis"), (f"disk://{tmp_path}", "disk")):
        async with tiers(url) as made:
            await made.keep(by_digest(BODY), BODY)
            info = await made.replies.info()
            assert info.keys() == {"memory", tier}
            assert info[tier].entries == info["memory"].entries == 1
            assert info[tier].bytes > len(BODY)
            assert await made.replies.clear() == {"memory": 1, tier: 1}
            assert await made.find(by_digest(BODY)) is None
            assert (await made.replies.info())["memory"] == StoreInfo(0, 0, "memory://")
