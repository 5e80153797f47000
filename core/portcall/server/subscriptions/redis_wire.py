"""Messages between replicas, by Redis: published to whoever is connected, and kept nowhere."""

from __future__ import annotations

import asyncio
import contextlib
import random
from contextvars import Context
from typing import TYPE_CHECKING

from portcall.errors import UnreachableError
from portcall.logs import get_logger
from portcall.redis_pool import redis_client, require_redis
from portcall.server.subscriptions.message import CHANNEL, MAX_BYTES

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.asyncio.client import PubSub

    from portcall.server.subscriptions.wire import Receive
    from portcall.settings.redis_location import RedisLocation

#: Seconds for a connection, and for each answer.
PATIENCE = 0.5
#: Seconds without a word from the server before it is asked for one; after as many more it counts as gone.
QUIET = 5.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 15.0
#: Seconds for which a connection has to hold before its loss counts as the first.
_STEADY = 1.0
_CONNECTIONS = 8
_log = get_logger("portcall.subscriptions")


class RedisWire:
    """The wire of replicas that share a Redis server. It connects again by itself, with growing pauses.

    What somebody else publishes is not held back by a ceiling here: Redis itself drops a listener for whom more
    than ``client-output-buffer-limit pubsub`` (32 MB, as installed) is waiting.

    Args:
        location: The server.

    Raises:
        ConfigurationError: The package ``redis`` is not installed.
    """

    reaches_others = True

    def __init__(self, location: RedisLocation) -> None:
        require_redis("auth.store")
        self.where = location.where
        self._location = location
        self._client: Redis | None = None
        self._task: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"RedisWire({self.where!r})"

    async def start(self, receive: Receive) -> None:
        """Connect, and stay connected; where that takes long, return before it is done."""
        heard = asyncio.Event()
        # A context of its own: the task outlives whatever request has it started.
        listening = self._listen(receive, heard)
        self._task = asyncio.create_task(listening, name="portcall-events", context=Context())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(heard.wait(), PATIENCE)

    async def send(self, message: bytes) -> None:
        """Publish a message.

        Raises:
            UnreachableError: The server does not answer, or refuses.
        """
        from redis.exceptions import RedisError  # late: see redis_client

        if len(message) > MAX_BYTES:
            raise ValueError("the message is longer than any that is read")
        try:
            await self._redis.publish(CHANNEL, message)
        except (RedisError, OSError, TimeoutError) as error:
            raise UnreachableError(f"{self.where}: {type(error).__name__}") from None

    async def aclose(self) -> None:
        """Close the connections."""
        if self._task is not None:
            while not self._task.done():  # a cancellation may get lost: see Poller
                self._task.cancel()
                await asyncio.wait([self._task], timeout=PATIENCE)
            self._task = None
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _listen(self, receive: Receive, heard: asyncio.Event) -> None:
        pause, loop = _FIRST_PAUSE, asyncio.get_running_loop()
        while True:
            began = loop.time()
            heard.clear()
            try:
                async with self._redis.pubsub() as channel:
                    await _hear(channel, receive, heard)
            except Exception as error:  # noqa: BLE001 - nothing that a server says may end the listening
                if loop.time() - began > _STEADY:
                    pause = _FIRST_PAUSE
                tell = _log.warning if pause == _FIRST_PAUSE else _log.debug
                tell("replicas_not_heard", where=self.where, error=type(error).__name__)
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - no secret
            pause = min(pause * 2, _LONGEST_PAUSE)

    @property
    def _redis(self) -> Redis:
        if self._client is None:
            self._client = redis_client(self._location, PATIENCE, connections=_CONNECTIONS)
        return self._client


async def _hear(channel: PubSub, receive: Receive, heard: asyncio.Event) -> None:
    """Hand on what arrives, until the connection is lost.

    Raises:
        TimeoutError: The server has not said a word for too long.
        redis.exceptions.RedisError: Or what else a lost connection raises.
    """
    await channel.subscribe(CHANNEL)
    was_asked = False
    while True:
        message = await channel.get_message(timeout=QUIET)
        if message is None and was_asked:
            raise TimeoutError
        if message is None:
            await channel.ping()
        elif message["type"] == "subscribe":
            heard.set()
        elif message["type"] == "message" and isinstance(message["data"], bytes):
            receive(message["data"])
        was_asked = message is None
