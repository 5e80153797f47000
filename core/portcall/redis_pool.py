"""Connections to a Redis server: how they are made is the same, whatever is kept there."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

from portcall.errors import ConfigurationError

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from portcall.settings.redis_location import RedisLocation

_CONNECTIONS = 8


def require_redis(setting: str) -> None:
    """See that the client is there; it is loaded when it is used.

    Args:
        setting: What names the server, e.g. ``"cache.url"``.

    Raises:
        ConfigurationError: The package ``redis`` is not installed.
    """
    if importlib.util.find_spec("redis") is None:
        raise ConfigurationError(
            f"{setting} names a Redis server, and the Python package to talk to it is not installed",
            hint="Run: pip install 'portcall[redis]'",
        )


def redis_client(
    location: RedisLocation, patience: float, *, timed_answers: bool = True, connections: int = _CONNECTIONS
) -> Redis:
    """Return a client; it connects when it is first used.

    Args:
        location: The server and its database.
        patience: Seconds for a connection to be made, or to be free.
        timed_answers: Whether each answer has as many seconds, too; else whoever asks keeps the time.
        connections: Most of them at a time; who needs another waits.
    """
    from redis.asyncio import (  # late: it takes 80 ms, more than all else that a start needs of it
        BlockingConnectionPool,
        Connection,
        Redis,
        SSLConnection,
    )
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    tls: dict[str, Any] = {"ssl_ca_certs": location.ca_file} if location.tls else {}
    pool = BlockingConnectionPool(
        connection_class=SSLConnection if location.tls else Connection,
        max_connections=connections,
        timeout=patience,
        host=location.host,
        port=location.port,
        db=location.database,
        username=location.username,
        password=location.password,
        socket_timeout=patience if timed_answers else None,
        socket_connect_timeout=patience,
        # A lost connection is found out before it is used, and who waits has no time for a second try.
        retry=Retry(NoBackoff(), 0),
        # The third version of the protocol costs a round trip more, and brings nothing that is used.
        protocol=2,
        **tls,
    )
    return Redis.from_pool(pool)
