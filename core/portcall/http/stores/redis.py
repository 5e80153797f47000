"""Replies in Redis, for replicas to share."""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING

from portcall.http.stores.store import MAX_ENTRY_BYTES, StoreInfo, StoreRefusesError
from portcall.redis_pool import redis_client, require_redis
from portcall.settings.cache_location import RedisLocation, parse_location

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from redis.asyncio import Redis

#: What every key of portcall's begins with; the number is that of the entries' format.
PREFIX = "portcall:1:"
#: Seconds for a connection, and for each answer.
PATIENCE = 0.5
#: What is true for ever goes after this many seconds all the same. Without an end a key is never evicted
#: under ``volatile-lru``, the default of several hosted Redis services, and the server fills up.
_LONGEST_SECONDS = 30 * 86_400
#: Keys looked at or deleted in one go.
_BATCH = 500


class RedisStore:
    """Named bytes in a Redis database, under :data:`PREFIX`; what else is in there is left alone.

    Args:
        url: ``redis://[user:password@]host[:port][/db]``, or ``rediss://`` for TLS.

    Raises:
        ConfigurationError: The package ``redis`` is not installed.
    """

    name = "redis"
    keeps_brief = True

    def __init__(self, url: str) -> None:
        location = parse_location(url)
        if not isinstance(location, RedisLocation):
            raise TypeError("the URL names no Redis server")
        require_redis("cache.url")
        self.where = location.where
        self._location = location
        self._client: Redis | None = None

    def __repr__(self) -> str:
        return f"RedisStore({self.where!r})"

    def open(self) -> None:
        """Load the client."""
        _ = self._redis

    async def get(self, name: str) -> bytes | None:
        """Return the value of ``name``, unless it is larger than any that portcall writes."""
        # GET would read whatever somebody has put there, half a gigabyte at worst.
        value = await self._redis.getrange(PREFIX + name, 0, MAX_ENTRY_BYTES)
        return value if isinstance(value, bytes) and 0 < len(value) <= MAX_ENTRY_BYTES else None

    async def put(self, name: str, value: bytes, seconds: float) -> None:
        """Set ``name``, to expire after ``seconds``.

        Raises:
            StoreRefusesError: The server is full, or a replica, or this user may not write.
        """
        with _refusing():
            await self._redis.set(PREFIX + name, value, px=math.ceil(min(seconds, _LONGEST_SECONDS) * 1000))

    async def drop(self, name: str) -> None:
        """Unlink ``name``.

        Raises:
            StoreRefusesError: The server is a replica, or this user may not write.
        """
        with _refusing():
            await self._redis.unlink(PREFIX + name)

    async def info(self) -> StoreInfo:
        """Count portcall's keys and the bytes of their values."""
        entries = size = 0
        async for keys in self._keys():
            async with self._redis.pipeline(transaction=False) as pipeline:
                for key in keys:
                    pipeline.strlen(key)
                lengths = await pipeline.execute()
            entries += len(keys)
            size += sum(lengths)
        return StoreInfo(entries, size, self.where)

    async def clear(self) -> int:
        """Unlink portcall's keys, and no others; return how many they were."""
        gone = 0
        async for keys in self._keys():
            gone += await self._redis.unlink(*keys)
        return gone

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    @property
    def _redis(self) -> Redis:
        if self._client is None:
            self._client = redis_client(self._location, PATIENCE)
        return self._client

    async def _keys(self) -> AsyncIterator[list[bytes]]:
        """Yield the keys under the prefix, each once, in batches."""
        seen: set[bytes] = set()
        batch: list[bytes] = []
        async for key in self._redis.scan_iter(match=f"{PREFIX}*", count=_BATCH):
            if key not in seen:  # SCAN may tell of a key twice
                seen.add(key)
                batch.append(key)
            if len(batch) == _BATCH:
                yield batch
                batch = []
        if batch:
            yield batch


@contextmanager
def _refusing() -> Iterator[None]:
    from redis.exceptions import NoPermissionError, OutOfMemoryError, ReadOnlyError  # late: see redis_client

    try:
        yield
    except (NoPermissionError, OutOfMemoryError, ReadOnlyError) as error:
        raise StoreRefusesError(type(error).__name__) from error
