"""State in Redis, for replicas on any number of machines."""

from __future__ import annotations

import asyncio
import math
import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

from portcall.errors import UnreachableError
from portcall.redis_pool import redis_client, require_redis
from portcall.state.record import checked, hashed, lasting
from portcall.state.redis_scripts import COUNT, ENTER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from redis.asyncio import Redis

    from portcall.settings.redis_location import RedisLocation

#: What every key of portcall's state begins with; the number is that of the format.
PREFIX = "portcall:state:1:"
#: Seconds for which anybody waits for the server.
PATIENCE = 2.0
#: More than the cache has: nobody does without what is asked here.
_CONNECTIONS = 32


class RedisState:
    """A Redis database of version 6.2 or later; what else is in there, under other prefixes, is left alone.

    Every key has an end. The server must not evict any sooner (``maxmemory-policy noeviction``): a full one then
    says so, and is no reason to sign in anew.

    Args:
        location: The server and its database.

    Raises:
        ConfigurationError: The package ``redis`` is not installed.
    """

    def __init__(self, location: RedisLocation) -> None:
        require_redis("auth.store")
        self.where = location.where
        self._location = location
        self._client: Redis | None = None

    def __repr__(self) -> str:
        return f"RedisState({self.where!r})"

    async def put(self, kind: str, key: str, value: bytes, seconds: float) -> None:
        """SET, with its end."""
        name, kept, ends = _name("record", kind, key), checked(value), _milliseconds(seconds)
        async with self._asking() as redis:
            await redis.set(name, kept, px=ends)

    async def add(self, kind: str, key: str, value: bytes, seconds: float) -> bool:
        """SET NX, with its end."""
        name, kept, ends = _name("record", kind, key), checked(value), _milliseconds(seconds)
        async with self._asking() as redis:
            return bool(await redis.set(name, kept, px=ends, nx=True))

    async def get(self, kind: str, key: str) -> bytes | None:
        """GET."""
        async with self._asking() as redis:
            return _record(await redis.get(_name("record", kind, key)))

    async def take(self, kind: str, key: str) -> bytes | None:
        """GETDEL."""
        async with self._asking() as redis:
            return _record(await redis.getdel(_name("record", kind, key)))

    async def drop(self, kind: str, *keys: str) -> None:
        """UNLINK."""
        if keys:
            async with self._asking() as redis:
                await redis.unlink(*(_name("record", kind, key) for key in keys))

    async def count(self, kind: str, key: str, seconds: float) -> int:
        """INCR, the first time with its end."""
        return await self._run(COUNT, _name("counter", kind, key), _milliseconds(seconds))

    async def enter(self, kind: str, key: str, member: str, seconds: float, at_most: int) -> bool:
        """ZADD of what has not ended, if there are fewer; by the server's clock, which all replicas share."""
        name = _name("group", kind, key)
        return bool(await self._run(ENTER, name, hashed(member), _milliseconds(seconds), at_most))

    async def leave(self, kind: str, key: str, member: str) -> None:
        """ZREM."""
        async with self._asking() as redis:
            await redis.zrem(_name("group", kind, key), hashed(member))

    async def check(self) -> None:
        """Write a key and take it, as whoever signs in does."""
        probe = secrets.token_hex(8)
        await self.put("check", probe, b"", 60)
        if await self.take("check", probe) is None:
            raise UnreachableError(f"{self.where} does not keep what is written to it")

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _run(self, script: str, name: str, *arguments: bytes | int) -> int:
        async with self._asking() as redis:
            # By its hash; a server that does not know it, having been started anew, is told it.
            return cast("int", await redis.register_script(script)(keys=[name], args=arguments))

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[Redis]:
        if self._client is None:
            # The time for an answer is kept below. The client keeps it by wait_for, which before Python 3.12 loses
            # a cancellation that comes at the wrong moment: that call would go on for as long again.
            self._client = redis_client(self._location, PATIENCE, timed_answers=False, connections=_CONNECTIONS)
        from redis.exceptions import RedisError  # late: see redis_client

        from portcall.state.redis_faults import told

        try:
            async with asyncio.timeout(PATIENCE):
                yield self._client
        # A TimeoutError is an OSError; the last three come of answers that no Redis gives to such a question.
        except (RedisError, OSError, TypeError, ValueError, AttributeError) as error:
            raise told(error, self.where) from error


def _record(answer: object) -> bytes | None:
    """Return a record as it was kept.

    Raises:
        TypeError: It is none.
    """
    if answer is None or isinstance(answer, bytes):
        return answer
    raise TypeError(f"a record cannot be a {type(answer).__name__}")


def _name(table: str, kind: str, key: str) -> str:
    return f"{PREFIX}{table}:{kind}:{hashed(key).hex()}"


def _milliseconds(seconds: float) -> int:
    return math.ceil(lasting(seconds) * 1000)
