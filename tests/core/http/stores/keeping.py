"""Where these tests keep replies, and what is there then."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import redis
from tests.core.http.asking import Clock
from tests.core.http.stores.questions import MIB, reply_to

from portcall.http.cache import MemoryCache
from portcall.http.replies import Found, ReplyCache
from portcall.http.stores import open_store
from portcall.seal import Seal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.testbed.redis import RedisServer

    from portcall.http.reply import Reply, ResourceRequest
    from portcall.http.stores import ReplyStore


@dataclass
class Tiers:
    """A cache in memory and in a store, with the clocks that a test moves."""

    replies: ReplyCache
    clock: Clock
    wall: Clock

    def reply(self, request: ResourceRequest, body: bytes, **fields: Any) -> Reply:
        """Return a success of now."""
        return reply_to(request, body, obtained=self.wall.now, **fields)

    async def keep(self, request: ResourceRequest, body: bytes, **fields: Any) -> None:
        """Keep a success of now."""
        await self.replies.keep(request, self.reply(request, body, **fields))

    async def find(self, request: ResourceRequest, **how: Any) -> Found | None:
        return await self.replies.find(request, **how)

    async def tier_of(self, request: ResourceRequest, **how: Any) -> str | None:
        """Return where the request's reply is found."""
        found = await self.find(request, **how)
        return found.tier if found else None

    def pass_by(self, seconds: float) -> None:
        """Let time pass, by every clock."""
        self.clock.move(seconds)
        self.wall.move(seconds)


@contextlib.asynccontextmanager
async def tiers(
    store: ReplyStore | str | None, *, key: str = "", wall: Clock | None = None, memory: int = 64 * MIB
) -> AsyncIterator[Tiers]:
    """Open a process's cache: with a memory of its own, and a store that it shares with others."""
    clock, wall = Clock(), wall or Clock()
    opened = open_store(store, 64 * MIB) if isinstance(store, str) else store
    replies = ReplyCache(
        MemoryCache(memory, clock=clock), opened, Seal.from_text(key) if key else None, clock=clock, wall=wall
    )
    try:
        yield Tiers(replies, clock, wall)
    finally:
        await replies.aclose()


def elsewhere(task: str, url: str, key: str = "") -> Any:
    """Return what another process says that does ``task`` of ``another_process.py``."""
    with another_process(task, url, key) as process:
        said, complained = process.communicate(timeout=60)
    assert process.returncode == 0, complained
    return json.loads(said)


def another_process(task: str, url: str, key: str = "") -> subprocess.Popen[str]:
    """Start another process that does ``task``."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.core.http.stores.another_process", task, url, key],
        cwd=Path(__file__).parents[4],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def files_in(folder: Path) -> list[Path]:
    """Return the files of a folder's entries, drafts included."""
    return [path for path in folder.glob("??/*") if not path.is_dir()]


def everything_in(server: RedisServer) -> dict[bytes, bytes]:
    """Return all that a Redis holds, by key."""
    with redis.Redis.from_url(server.url) as client:
        return {key: client.get(key) for key in client.scan_iter()}


def put_into(server: RedisServer, values: dict[bytes, bytes]) -> None:
    """Write to a Redis what somebody else may have written."""
    with redis.Redis.from_url(server.url) as client:
        for key, value in values.items():
            client.set(key, value)
