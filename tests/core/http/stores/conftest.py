"""A Redis server for the session, emptied for each test, and servers of a test's own."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
import redis
from tests.testbed.redis import RedisServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="session")
def session_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_server(session_redis: RedisServer) -> RedisServer:
    """A Redis that holds nothing."""
    with redis.Redis.from_url(session_redis.url) as client:
        client.flushdb()
    return session_redis


@pytest.fixture
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., RedisServer]]:
    """Starts a Redis that this test may stop."""
    with ExitStack() as stack:
        yield lambda *options, **how: stack.enter_context(
            RedisServer(tmp_path_factory.mktemp("redis"), options, **how)
        )
