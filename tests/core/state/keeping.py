"""Stores for these tests, the time that passes for them, and other processes that use them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

PassBy = Callable[[float], Awaitable[None]]

#: Seconds that are over soon, though not before a busy machine has done the next thing.
SOON = 0.4
#: For how long to wait until they are.
OVER = 0.5


class Clock:
    """Tells the time, and is moved by tests."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


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
