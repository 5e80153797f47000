"""State in a real Redis: what is in it then, and what is told when it does not work."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

import pytest
from redis import Redis

from portcall.errors import ConfigurationError, UnreachableError
from portcall.state import open_state
from portcall.state.redis import PREFIX

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.testbed.redis import RedisServer

    from portcall.state import StateStore

pytestmark = pytest.mark.anyio

PASSWORD = "canary-Pa55word"
VALUE = bytes(20_000)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[StateStore]:
    store = open_state(url)
    try:
        yield store
    finally:
        await store.aclose()


def admin(server: RedisServer) -> Redis:
    return Redis.from_url(server.url)


async def fault_of(store: StateStore) -> UnreachableError:
    with pytest.raises(UnreachableError) as raised:
        await store.check()
    assert raised.value.hint
    return raised.value


# What is in it


async def test_every_key_says_whose_it_is_has_an_end_and_tells_nothing(redis_server: RedisServer):
    async with opened(redis_server.url) as store:
        await store.put("grant", "canary-key", b"value", 60)
        await store.add("lease", "canary-key", b"value", 60)
        await store.count("attempts", "canary-key", 60)
        await store.count("attempts", "canary-key", 60)
        await store.enter("streams", "canary-key", "canary-member", 60, 5)
        await store.enter("streams", "canary-key", "another", 5, 5)
        await store.leave("streams", "canary-key", "another")
        await store.check()
    with closing(admin(redis_server)) as client:
        names = list(client.scan_iter())
        assert len(names) == 4
        assert all(name.startswith(PREFIX.encode()) for name in names)
        assert all(55_000 < client.pttl(name) <= 60_000 for name in names)
        held = names + [member for name in client.scan_iter(_type="zset") for member in client.zrange(name, 0, -1)]
        assert b"canary" not in b"".join(held)


async def test_servers_own_clock_says_when_it_is_over(redis_server: RedisServer):
    async with opened(redis_server.url) as store:
        await store.put("code", "one", b"value", 0.05)
        await store.enter("streams", "ada", "short", 0.05, 1)
        await store.enter("streams", "bob", "short", 0.05, 2)
        await store.enter("streams", "bob", "long", 60, 2)
        await asyncio.sleep(0.1)
        assert await store.get("code", "one") is None
        assert await store.enter("streams", "ada", "another", 60, 1)
        assert await store.enter("streams", "bob", "another", 60, 2)
        assert not await store.enter("streams", "bob", "short", 60, 2)


async def test_group_ends_with_the_last_of_its_members(redis_server: RedisServer):
    async with opened(redis_server.url) as store:
        await store.enter("streams", "ada", "long", 60, 5)
        await store.enter("streams", "ada", "short", 5, 5)
        with closing(admin(redis_server)) as client:
            (name,) = client.scan_iter()
            assert 55_000 < client.pttl(name) <= 60_000


async def test_members_that_ended_are_not_kept(redis_server: RedisServer):
    async with opened(redis_server.url) as store:
        await store.enter("streams", "ada", "first", 60, 50)
        for number in range(20):
            await store.enter("streams", "ada", str(number), 0, 50)
        await asyncio.sleep(0.01)
        await store.enter("streams", "ada", "last", 60, 50)
        with closing(admin(redis_server)) as client:
            (name,) = client.scan_iter()
            assert client.zcard(name) == 2


async def test_counter_that_lost_its_end_gets_another(redis_server: RedisServer):
    async with opened(redis_server.url) as store:
        await store.count("attempts", "ada", 60)
        with closing(admin(redis_server)) as client:
            (name,) = client.scan_iter()
            client.persist(name)
            assert await store.count("attempts", "ada", 60) == 2
            assert 0 < client.ttl(name) <= 60


async def test_what_others_keep_there_is_left_alone(redis_server: RedisServer):
    others = {b"grant": b"1", b"portcall:1:grant": b"1", b"portcall:state:10:grant": b"1"}
    with closing(admin(redis_server)) as client:
        client.mset(others)
        async with opened(redis_server.url) as store:
            await store.put("grant", "one", b"value", 60)
            await store.drop("grant", "one", "grant", "")
        assert {name: client.get(name) for name in client.scan_iter()} == others


async def test_more_ask_at_once_than_there_are_connections(redis_server: RedisServer):
    async with opened(redis_server.url) as store:
        assert sorted(await asyncio.gather(*(store.count("n", "", 60) for _ in range(300)))) == list(range(1, 301))
        with closing(admin(redis_server)) as client:
            assert client.info("clients")["connected_clients"] <= 33


def test_client_is_not_loaded_before_it_is_used():
    program = (
        "import sys; from portcall.state import open_state; open_state('redis://state.example/0');"
        "sys.exit('redis' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_client_that_is_missing_is_named_at_the_start(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ConfigurationError, match=r"auth\.store names a Redis server") as raised:
        open_state("redis://state.example/0")
    assert "portcall[redis]" in raised.value.hint


# When it does not work


async def test_server_that_is_full_says_so_and_still_gives_and_drops(own_redis: Callable[..., RedisServer]):
    server = own_redis("--maxmemory-policy", "noeviction")
    async with opened(server.url) as store:
        await store.put("grant", "one", b"value", 60)
        await store.enter("g", "", "m", 60, 2)
        with closing(admin(server)) as client:
            client.config_set("maxmemory", "1")
            for ask in (
                lambda: store.put("grant", "two", b"value", 60),
                lambda: store.add("grant", "two", b"value", 60),
                lambda: store.count("n", "", 60),
                lambda: store.enter("g", "", "n", 60, 2),
                store.check,
            ):
                with pytest.raises(UnreachableError, match="is full") as raised:
                    await ask()
                assert "maxmemory" in raised.value.hint
            assert await store.get("grant", "one") == b"value"
            assert await store.take("grant", "one") == b"value"
            await store.drop("grant", "one")
            await store.leave("g", "", "m")
            client.config_set("maxmemory", "0")
        await store.check()


async def test_replica_is_told_from_a_server_that_is_down(redis_server: RedisServer):
    with closing(admin(redis_server)) as client:
        client.execute_command("REPLICAOF", "127.0.0.1", "1")
        try:
            async with opened(redis_server.url) as store:
                assert "for reading only" in (await fault_of(store)).message
                for asking in (
                    store.count("n", "", 60),
                    store.enter("g", "", "m", 60, 1),
                    store.take("code", "x"),
                ):
                    with pytest.raises(UnreachableError, match="for reading only"):
                        await asking
        finally:
            client.execute_command("REPLICAOF", "NO", "ONE")


async def test_password_opens_the_server_and_is_told_nobody(own_redis: Callable[..., RedisServer]):
    server = own_redis("--requirepass", PASSWORD)
    async with opened(f"redis://:{PASSWORD}@{server.netloc}/0") as store:
        await store.check()
        assert PASSWORD not in repr(store)
    async with opened(f"redis://:{PASSWORD}-wrong@{server.netloc}/0") as store:
        fault = await fault_of(store)
        assert "refuses the password" in fault.message
        assert PASSWORD not in f"{fault.message} {fault.hint}"
    async with opened(server.url) as store:
        assert "refuses the password" in (await fault_of(store)).message


async def test_user_who_may_not_is_told_so(own_redis: Callable[..., RedisServer]):
    server = own_redis()
    with closing(admin(server)) as client:
        client.execute_command("ACL", "SETUSER", "reader", "on", ">reader-password", "~portcall:*", "+@read")
    async with opened(f"redis://reader:reader-password@{server.netloc}/0") as store:
        assert await store.get("grant", "one") is None
        assert "to this user" in (await fault_of(store)).message


async def test_server_that_is_too_old_is_told_so(own_redis: Callable[..., RedisServer]):
    server = own_redis("--rename-command", "GETDEL", "")
    async with opened(server.url) as store:
        assert "6.2" in (await fault_of(store)).hint


async def test_what_is_no_redis_state_is_no_answer(redis_server: RedisServer):
    """Whoever else writes there: a list under the name of a record is not "nothing"."""
    async with opened(redis_server.url) as store:
        await store.put("grant", "one", b"value", 60)
        with closing(admin(redis_server)) as client:
            (name,) = client.scan_iter()
            client.delete(name)
            client.rpush(name, "a")
        with pytest.raises(UnreachableError, match="refuses"):
            await store.get("grant", "one")


async def test_server_that_is_down_is_told_until_it_is_back(own_redis: Callable[..., RedisServer]):
    server = own_redis()
    async with opened(server.url) as store:
        await store.check()
        server.stop()
        for ask in (
            lambda: store.get("grant", "one"),
            lambda: store.put("grant", "one", b"value", 60),
            lambda: store.take("grant", "one"),
            lambda: store.add("grant", "one", b"value", 60),
            lambda: store.drop("grant", "one"),
            lambda: store.count("n", "", 60),
            lambda: store.enter("g", "", "m", 60, 1),
            lambda: store.leave("g", "", "m"),
            store.check,
        ):
            with pytest.raises(UnreachableError, match="does not answer"):
                await ask()
        server.start()
        assert await store.count("n", "", 60) == 1
        assert await store.enter("g", "", "m", 60, 1)
        await store.put("grant", "one", b"value", 60)
        assert await store.get("grant", "one") == b"value"


async def test_server_that_hangs_is_waited_for_by_all_at_once_and_no_answer_goes_astray(
    own_redis: Callable[..., RedisServer], monkeypatch: pytest.MonkeyPatch
):
    """Each with a deadline of its own, whatever the client does with a call that is cancelled."""
    monkeypatch.setattr("portcall.state.redis.PATIENCE", 1.5)
    server = own_redis()
    async with opened(server.url) as store:
        for number in range(100):
            await store.put("grant", str(number), b"%d" % number, 60)
        server.hang()
        loop = asyncio.get_running_loop()
        began = loop.time()
        asking = (store.get("grant", str(number)) for number in range(100))
        told = await asyncio.gather(*asking, return_exceptions=True)
        assert 1.4 < loop.time() - began < 2.9
        assert all(isinstance(each, UnreachableError) for each in told)
        server.go_on()
        found = await asyncio.gather(*(store.get("grant", str(number)) for number in range(100)))
        assert found == [b"%d" % number for number in range(100)]


async def test_closing_does_not_wait_for_a_server_that_hangs(own_redis: Callable[..., RedisServer]):
    server = own_redis()
    async with opened(server.url) as store:
        await store.check()
        server.hang()
        await asyncio.wait_for(store.aclose(), 3)


async def test_server_that_restarts_under_load_gives_no_record_twice(own_redis: Callable[..., RedisServer]):
    """An answer that is lost on its way costs its record: asked for again, it would be another's as well."""
    server = own_redis()
    taken: list[bytes] = []
    stopped = False
    async with opened(server.url) as one, opened(server.url) as other:

        async def keep_asking(caller: int) -> int:
            number = 0
            while not stopped:
                name = f"{caller}-{number}"
                number += 1
                try:
                    await one.put("code", name, name.encode(), 60)
                    found = await asyncio.gather(one.take("code", name), other.take("code", name))
                except UnreachableError:
                    await asyncio.sleep(0.01)
                else:
                    taken.extend(value for value in found if value is not None)
            return number

        async def has_taken(more_than: int) -> None:
            for _ in range(2000):
                if len(taken) > more_than:
                    return
                await asyncio.sleep(0.01)
            raise AssertionError("nothing is taken any more")

        callers = [asyncio.ensure_future(keep_asking(caller)) for caller in range(8)]
        await has_taken(50)
        await asyncio.to_thread(server.stop)
        await asyncio.sleep(0.1)
        before = len(taken)
        await asyncio.to_thread(server.start)
        await has_taken(before + 50)
        stopped = True
        await asyncio.gather(*callers)
    assert len(taken) == len(set(taken))


@pytest.mark.parametrize("answer", [b":7\r\n", b"*0\r\n", b"+OK\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
async def test_what_is_no_redis_is_no_empty_store(answer: bytes):
    """A wrong port, or something in between: nobody's sign-in is gone because of that."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(4096):
            writer.write(answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        store = open_state(f"redis://127.0.0.1:{port}/0")
        with pytest.raises(UnreachableError):
            await store.get("grant", "x")
        await store.aclose()
