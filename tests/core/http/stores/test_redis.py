"""Replies in a real Redis: nothing else in it is touched, and nothing of it is trusted or waited for."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
import redis
from tests.core.http.certificates import Authority
from tests.core.http.stores.keeping import everything_in, put_into, tiers
from tests.core.http.stores.questions import by_digest, by_tag

from portcall.http.stores import StoreRefusesError
from portcall.http.stores.redis import PREFIX, RedisStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.testbed.redis import RedisServer

pytestmark = pytest.mark.anyio

PASSWORD = "canary-Pa55word"
BODY = b"body"
DAY = 86_400


async def test_value_is_there_until_its_time(redis_server: RedisServer):
    store = RedisStore(redis_server.url)
    assert await store.get("name") is None
    await store.put("name", b"value", 60)
    assert await store.get("name") == b"value"
    assert everything_in(redis_server) == {b"portcall:1:name": b"value"}
    with redis.Redis.from_url(redis_server.url) as client:
        assert 59_000 < client.pttl("portcall:1:name") <= 60_000
    await store.drop("name")
    await store.drop("name")
    assert await store.get("name") is None
    await store.aclose()


async def test_what_is_true_for_ever_can_be_evicted_all_the_same(redis_server: RedisServer):
    """Under ``volatile-lru`` a key without an end stays, and the server fills up."""
    store = RedisStore(redis_server.url)
    await store.put("name", b"value", float("inf"))
    with redis.Redis.from_url(redis_server.url) as client:
        assert 29 * DAY < client.ttl("portcall:1:name") <= 30 * DAY
    await store.aclose()


async def test_counting_and_clearing_know_portcalls_keys_alone(redis_server: RedisServer):
    others = {b"portcall:0:x": b"1", b"portcall:10:x": b"1", b"session": b"1", b"xportcall:1:x": b"1"}
    put_into(redis_server, others)
    store = RedisStore(redis_server.url)
    assert await store.clear() == 0
    for number in range(1200):
        await store.put(str(number), b"four", 60)
    info = await store.info()
    assert (info.entries, info.bytes, info.where) == (1200, 4800, redis_server.url)
    assert await store.clear() == 1200
    assert everything_in(redis_server) == others
    await store.aclose()


async def test_value_larger_than_any_entry_is_not_read(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("portcall.http.stores.redis.MAX_ENTRY_BYTES", 1000)
    put_into(redis_server, {f"{PREFIX}large".encode(): bytes(1_000_000), f"{PREFIX}fits".encode(): bytes(1000)})
    store = RedisStore(redis_server.url)
    with redis.Redis.from_url(redis_server.url) as client:
        before = client.info("stats")["total_net_output_bytes"]
        assert await store.get("large") is None
        assert client.info("stats")["total_net_output_bytes"] - before < 100_000
    assert await store.get("fits") == bytes(1000)
    await store.aclose()


async def test_more_ask_at_once_than_there_are_connections(redis_server: RedisServer):
    async with tiers(redis_server.url, memory=0) as made:
        bodies = [b"%d" % number for number in range(200)]
        await asyncio.gather(*(made.keep(by_digest(body), body) for body in bodies))
        found = await asyncio.gather(*(made.find(by_digest(body)) for body in bodies))
        assert [one and one.reply.body for one in found] == bodies
        with redis.Redis.from_url(redis_server.url) as client:
            assert client.info("clients")["connected_clients"] <= 10


async def test_cancelled_question_never_gets_its_answer_to_another(redis_server: RedisServer):
    """What CVE-2023-28858 was about."""
    store = RedisStore(redis_server.url)
    for number in range(50):
        await store.put(str(number), str(number).encode() * 1000, 60)
    for round_ in range(40):
        asking = [asyncio.ensure_future(store.get(str(number))) for number in range(50)]
        for _ in range(round_ % 8):
            await asyncio.sleep(0)
        for each in asking[::2]:
            each.cancel()
        answers = await asyncio.gather(*asking, return_exceptions=True)
        for number, answer in enumerate(answers):
            assert isinstance(answer, asyncio.CancelledError) or answer == str(number).encode() * 1000
    await store.aclose()


# Who may


async def test_password_opens_the_server_and_is_told_nobody(
    own_redis: Callable[..., RedisServer], caplog: pytest.LogCaptureFixture
):
    caplog.set_level("DEBUG")
    server = own_redis("--requirepass", PASSWORD)
    async with tiers(f"redis://:{PASSWORD}@{server.netloc}/0") as made:
        await made.keep(by_tag(), BODY)
        info = (await made.replies.info())["redis"]
        assert (info.entries, info.where, info.problem) == (1, f"redis://***@{server.netloc}/0", "")
    async with tiers(f"redis://:{PASSWORD}-wrong@{server.netloc}/0", memory=0) as made:
        await made.keep(by_tag(), BODY)
        assert await made.tier_of(by_tag()) is None
        info = (await made.replies.info())["redis"]
        assert "AuthenticationError" in info.problem
        assert PASSWORD not in repr(info)
    assert "cache_down" in caplog.text
    assert PASSWORD not in str([vars(record) for record in caplog.records])


async def test_user_that_may_only_read_reads(own_redis: Callable[..., RedisServer]):
    server = own_redis()
    with redis.Redis.from_url(server.url) as client:
        client.execute_command("ACL", "SETUSER", "reader", "on", ">reader-password", "~portcall:*", "+@read")
    async with tiers(server.url) as made:
        await made.keep(by_tag(), BODY)
    async with tiers(f"redis://reader:reader-password@{server.netloc}/0", memory=0) as made:
        await made.keep(by_digest(BODY), BODY)
        assert await made.tier_of(by_tag()) == "redis"
        assert (await made.replies.info())["redis"].problem == "NoPermissionError"


async def test_server_that_is_full_is_still_read(own_redis: Callable[..., RedisServer]):
    server = own_redis()
    async with tiers(server.url, memory=0) as made:
        await made.keep(by_tag(), BODY)
        with redis.Redis.from_url(server.url) as client:
            client.config_set("maxmemory", "1")
        await made.keep(by_digest(BODY), BODY)
        assert await made.tier_of(by_tag()) == "redis"
        assert await made.tier_of(by_digest(BODY)) is None
        assert (await made.replies.info())["redis"].problem == "OutOfMemoryError"


async def test_tls_is_spoken_and_checked(own_redis: Callable[..., RedisServer], tmp_path: Path):
    authority = Authority(tmp_path)
    pair = authority.sign("127.0.0.1")
    server = own_redis(
        *("--tls-cert-file", str(pair.certificate), "--tls-key-file", str(pair.key)),
        *("--tls-ca-cert-file", str(authority.ca_file), "--tls-auth-clients", "no"),
        tls=True,
    )
    async with tiers(f"{server.url}?ca_file={authority.ca_file}", memory=0) as made:
        await made.keep(by_tag(), BODY)
        assert await made.tier_of(by_tag()) == "redis"
    async with tiers(server.url, memory=0) as made:
        assert await made.tier_of(by_tag()) is None
        assert (await made.replies.info())["redis"].problem


# Not there


async def test_server_that_is_not_there_costs_little_and_breaks_nothing(
    own_redis: Callable[..., RedisServer], caplog: pytest.LogCaptureFixture
):
    server = own_redis()
    server.stop()
    started = time.monotonic()
    async with tiers(server.url) as made:
        for number in range(50):
            await made.keep(by_tag(str(number)), BODY)
            assert await made.tier_of(by_tag(str(number))) == "memory"
            assert await made.tier_of(by_tag(f"other-{number}")) is None
    assert time.monotonic() - started < 5
    assert [record.message for record in caplog.records] == ["cache_down"]


async def test_server_that_hangs_is_waited_for_once(
    own_redis: Callable[..., RedisServer], caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO")
    server = own_redis()
    async with tiers(server.url, memory=0) as made:
        await made.keep(by_tag(), BODY)
        server.hang()
        started = time.monotonic()
        for number in range(50):
            await made.keep(by_tag(str(number)), BODY)
            assert await made.tier_of(by_tag()) is None
        assert 0.4 < time.monotonic() - started < 5
        server.go_on()
        assert await made.tier_of(by_tag()) is None
        made.clock.move(6)
        assert await made.tier_of(by_tag()) == "redis"
    assert [record.message for record in caplog.records] == ["cache_down", "cache_up"]


async def test_closing_does_not_wait_for_a_server_that_hangs(own_redis: Callable[..., RedisServer]):
    server = own_redis()
    store = RedisStore(server.url)
    await store.put("name", b"value", 60)
    server.hang()
    started = time.monotonic()
    await store.aclose()
    assert time.monotonic() - started < 5


async def test_server_that_restarts_under_load_is_used_again(
    own_redis: Callable[..., RedisServer], caplog: pytest.LogCaptureFixture
):
    """No question fails, each gets its own answer or none, and all is as before once the server is back."""
    caplog.set_level("INFO")
    server = own_redis()
    wrong: list[object] = []
    stopped = False
    async with tiers(server.url, memory=0) as made:

        async def keep_asking(caller: int) -> int:
            answered = 0
            while not stopped:
                body = b"%d-%d" % (caller, answered % 10)
                await made.keep(by_digest(body), body)
                found = await made.find(by_digest(body))
                if found is not None and found.reply.body != body:
                    wrong.append(found)
                answered += 1
                await asyncio.sleep(0.001)
            return answered

        callers = [asyncio.ensure_future(keep_asking(caller)) for caller in range(16)]
        await asyncio.sleep(0.3)
        await asyncio.to_thread(server.stop)
        await asyncio.sleep(0.3)
        await asyncio.to_thread(server.start)
        made.clock.move(6)
        await asyncio.sleep(0.3)
        stopped = True
        assert all(answered > 10 for answered in await asyncio.gather(*callers))
        made.clock.move(6)
        await made.keep(by_tag(), BODY)
        assert await made.tier_of(by_tag()) == "redis"
    assert not wrong
    assert everything_in(server)
    events = [record.message for record in caplog.records]
    assert events[:2] == ["cache_down", "cache_up"]


async def test_store_that_may_not_be_written_says_why(redis_server: RedisServer):
    with redis.Redis.from_url(redis_server.url) as client:
        client.execute_command("REPLICAOF", "127.0.0.1", "1")
    store = RedisStore(redis_server.url)
    try:
        with pytest.raises(StoreRefusesError, match="ReadOnlyError"):
            await store.put("name", b"value", 60)
        with pytest.raises(StoreRefusesError, match="ReadOnlyError"):
            await store.drop("name")
    finally:
        await store.aclose()
        with redis.Redis.from_url(redis_server.url) as client:
            client.execute_command("REPLICAOF", "NO", "ONE")
