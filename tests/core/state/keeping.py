"""Stores for these tests, the time that passes for them, and other processes that use them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from redis import Redis

PassBy = Callable[[float], None]

#: Seconds after which something ends, though not before a busy machine has done the next thing.
SOON = 20.0
#: For how long to wait until it has.
OVER = 21.0

#: Lets ``ARGV[1]`` milliseconds pass for all that is in a Redis, whose clock cannot be moved.
_PASS_BY = """
for _, key in ipairs(redis.call('KEYS', '*')) do
  if redis.call('TYPE', key).ok == 'zset' then
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do
      redis.call('ZINCRBY', key, -ARGV[1], member)
    end
  end
  redis.call('PEXPIRE', key, redis.call('PTTL', key) - ARGV[1])
end
"""


class Clock:
    """Tells the time, and is moved by tests."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


def pass_by_in(redis_url: str, seconds: float) -> None:
    """Let time pass for all that is in a Redis: it ends so much sooner."""
    with Redis.from_url(redis_url) as client:
        client.eval(_PASS_BY, 0, int(seconds * 1000))


def together(url: str, processes: int) -> list[dict[str, Any]]:
    """Return what processes say that use the store at the same time."""
    started = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "tests.core.state.another_process", url, str(number)],
            cwd=Path(__file__).parents[3],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(processes)
    ]
    for process in started:
        assert process.stdout
        assert process.stdout.readline() == "ready\n", process.communicate()[1]
    begin = time.time() + 0.05
    for process in started:
        assert process.stdin
        process.stdin.write(f"{begin}\n")
        process.stdin.flush()
    told = []
    for process in started:
        said, complained = process.communicate(timeout=60)
        assert process.returncode == 0, complained
        told.append(json.loads(said))
    return told
